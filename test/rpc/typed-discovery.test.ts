/** What health checks and reflection know of the typed rpcs of a service. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from "../../src/gen/grpc/health/v1/health_pb.ts";
import {
  ServerReflection,
  type ServerReflectionRequest,
} from "../../src/gen/grpc/reflection/v1/reflection_pb.ts";
import { namedTensors } from "../../src/io/tensor/named-tensors.ts";
import { text } from "../../src/io/text.ts";
import { descriptorOf, protoFile } from "../../src/proto/index.ts";
import { rpcFetch } from "../../src/rpc/fetch.ts";
import { rpcRoutes } from "../../src/rpc/routes.ts";
import { api } from "../../src/service/api.ts";
import type { Apis } from "../../src/service/service-options.ts";
import type { TensorSpec } from "../../src/tensor.ts";
import { echo } from "../proto/strange.ts";
import { silenced } from "../support/silenced.ts";
import { serviceOf, transportTo } from "./fixture.ts";

const NAME = "ekiben.example.v1.ExampleService";

/** Serves some APIs, and asks the server about them. */
function open(apis: Apis) {
  const { service, runner } = serviceOf(apis);
  const rpc = rpcFetch(rpcRoutes(service));
  const transport = transportTo(rpc, "Connect binary");
  const reflection = createClient(ServerReflection, transport);
  async function ask(messageRequest: ServerReflectionRequest["messageRequest"]) {
    const questions = (async function* () {
      yield { host: "", messageRequest } as never;
    })();
    const [answer] = await Array.fromAsync(reflection.serverReflectionInfo(questions));
    assert.ok(answer);
    return answer.messageResponse;
  }
  async function namesNow(): Promise<readonly string[]> {
    const listed = await ask({ case: "listServices", value: "" });
    assert.equal(listed.case, "listServicesResponse");
    return (listed.value as { service: { name: string }[] }).service.map(({ name }) => name);
  }
  return { service, runner, rpc, ask, namesNow, health: createClient(Health, transport) };
}

test("typed rpcs: reflection lists them, and has the file that is written", async () => {
  const { service, ask, namesNow } = open(echo.apis);
  assert.ok((await namesNow()).includes(NAME));
  for (const value of [NAME, `${NAME}.Strange`, "ekiben.example.v1.StrangeRequest.ratio"]) {
    const found = await ask({ case: "fileContainingSymbol", value });
    assert.equal(found.case, "fileDescriptorResponse");
    const [bytes = new Uint8Array()] = found.value.fileDescriptorProto;
    const { proto } = descriptorOf(protoFile(service));
    assert.deepEqual(fromBinary(FileDescriptorProtoSchema, bytes), proto);
  }
});

test("typed rpcs: health is that of the service", async () => {
  const { health, runner } = open(echo.apis);
  assert.equal((await health.check({ service: NAME })).status, Status.SERVING);
  runner.ready = false;
  assert.equal((await health.check({ service: NAME })).status, Status.NOT_SERVING);
  await assert.rejects(
    health.check({ service: "none" }),
    /There is no service "none"; there are .*Example/,
  );
});

test("typed rpcs: tensors that are known once the service is ready", async () => {
  let known: readonly TensorSpec[] | undefined;
  const tensors = namedTensors({ tensors: () => known });
  const apis = {
    run: api({ input: tensors, output: text() }, (given) => Object.keys(given).join()),
  };
  const { rpc, runner, ask } = open(apis);
  const call = async (body: object): Promise<unknown> => {
    const headers = { "content-type": "application/json" };
    const sent = { method: "POST", headers, body: JSON.stringify(body) };
    return await (await rpc(new Request(`http://test/${NAME}/Run`, sent)))?.json();
  };
  runner.ready = false;
  assert.deepEqual(await call({ tensors: { a: { floatValues: [1] } } }), { text: "a" });
  known = [{ name: "image", dtype: "float32", shape: undefined }];
  runner.ready = true;
  assert.deepEqual(await call({ image: { values: [1] } }), { text: "image" });
  const found = await ask({
    case: "fileContainingSymbol",
    value: "ekiben.example.v1.RunRequest.image",
  });
  assert.equal(found.case, "fileDescriptorResponse");
});

test("typed rpcs: types that cannot be made break nothing else", async () => {
  const broken = namedTensors({
    tensors: () => {
      throw new TypeError("no tensors");
    },
  });
  const { rpc, namesNow } = open({ run: api({ input: broken, output: text() }, () => "") });
  using log = silenced();
  const sent = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };
  assert.equal((await rpc(new Request(`http://test/${NAME}/Run`, sent)))?.status, 500);
  assert.ok((await namesNow()).includes("grpc.health.v1.Health"));
  assert.match(log.text, /could not be made.*no tensors/);
});
