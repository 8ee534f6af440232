import assert from "node:assert/strict";
import { test } from "node:test";
import { create, createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { type Client, createClient } from "@connectrpc/connect";
import * as v1 from "../../src/gen/grpc/reflection/v1/reflection_pb.ts";
import * as v1alpha from "../../src/gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { rpcFetch } from "../../src/rpc/fetch.ts";
import { rpcRoutes } from "../../src/rpc/routes.ts";
import { fetchOf, serviceOf, transportTo } from "./fixture.ts";
import { Greeter } from "./greeter.ts";

type Question = v1.ServerReflectionRequest["messageRequest"];

const { service } = serviceOf({}, (router) => void router.service(Greeter, {}));
const rpc = rpcFetch(rpcRoutes(service));
const transport = transportTo(rpc, "Connect binary");
const clients = [
  createClient(v1.ServerReflection, transport),
  // It has the same messages by other names.
  createClient(v1alpha.ServerReflection, transport) as unknown as Client<
    typeof v1.ServerReflection
  >,
];

/** The answers to some questions on one stream, of either version. */
async function ask(client: (typeof clients)[number], ...questions: readonly Question[]) {
  const stream = (async function* () {
    for (const messageRequest of questions) yield { host: "here", messageRequest } as never;
  })();
  const answers = await Array.fromAsync(client.serverReflectionInfo(stream));
  assert.ok(answers.every(({ validHost }) => validHost === "here"));
  return answers.map(({ messageResponse }) => messageResponse);
}

type Answer = Awaited<ReturnType<typeof ask>>[number] | undefined;

/** The files of an answer. */
function filesOf(answer: Answer) {
  assert.equal(answer?.case, "fileDescriptorResponse");
  const { fileDescriptorProto } = answer.value as { fileDescriptorProto: Uint8Array[] };
  return fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
}

const namesOf = (answer: Answer): string[] => filesOf(answer).map(({ name }) => name);

const STRUCT = "google/protobuf/struct.proto";
const WRAPPERS = "google/protobuf/wrappers.proto";
const BENTO = ["bentoml/grpc/v1/service.proto", STRUCT, WRAPPERS];

for (const client of clients) {
  const version = client === clients[0] ? "v1" : "v1alpha";

  test(`ServerReflection ${version} lists every service`, async () => {
    const [answer] = await ask(client, { case: "listServices", value: "" });
    assert.equal(answer?.case, "listServicesResponse");
    assert.deepEqual(
      (answer.value as { service: { name: string }[] }).service.map(({ name }) => name),
      [
        "bentoml.grpc.v1.BentoService",
        "bentoml.grpc.v1alpha1.BentoService",
        "ekiben.v1.Inference",
        "example.Greeter",
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
        "inference.GRPCInferenceService",
      ],
    );
  });

  for (const [symbol, files] of [
    ["bentoml.grpc.v1.BentoService", BENTO],
    ["bentoml.grpc.v1.BentoService.Call", BENTO],
    ["bentoml.grpc.v1.NDArray", BENTO],
    ["bentoml.grpc.v1.NDArray.DType", BENTO],
    ["bentoml.grpc.v1.NDArray.DTYPE_BOOL", BENTO],
    ["bentoml.grpc.v1.NDArray.float_values", BENTO],
    ["bentoml.grpc.v1.Request.content", BENTO],
    ["bentoml.grpc.v1.ServiceMetadataResponse.InferenceAPI", BENTO],
    ["ekiben.v1.Inference", ["ekiben/v1/inference.proto", ...BENTO]],
    [
      "inference.GRPCInferenceService",
      ["inference/grpc_service.proto", "inference/model_config.proto"],
    ],
    ["google.protobuf.Value", [STRUCT]],
    ["google.protobuf.NULL_VALUE", [STRUCT]],
    ["example.Hello.Inner.name", ["example/greeter.proto"]],
    ["example.extra", ["example/greeter.proto"]],
  ] as const) {
    test(`ServerReflection ${version} finds the file of ${symbol}`, async () => {
      const [answer] = await ask(client, { case: "fileContainingSymbol", value: symbol });
      assert.deepEqual(namesOf(answer), files);
    });
  }

  test(`ServerReflection ${version} sends files from which the services can be built`, async () => {
    const [answer] = await ask(client, {
      case: "fileByFilename",
      value: "ekiben/v1/inference.proto",
    });
    const registry = createFileRegistry(
      create(FileDescriptorSetSchema, { file: filesOf(answer).reverse() }),
    );
    const service = registry.getService("ekiben.v1.Inference");
    assert.deepEqual(
      service?.methods.map(({ name, methodKind }) => [name, methodKind]),
      [
        ["Get", "unary"],
        ["CallStream", "server_streaming"],
      ],
    );
  });

  test(`ServerReflection ${version} sends each import once per stream`, async () => {
    const first = { case: "fileByFilename", value: "ekiben/v1/inference.proto" } as const;
    const second = { case: "fileByFilename", value: BENTO[0] ?? "" } as const;
    const answers = await ask(client, first, second, second, first);
    assert.deepEqual(answers.map(namesOf), [
      [first.value, ...BENTO],
      [second.value],
      [second.value],
      [first.value],
    ]);
  });

  test(`ServerReflection ${version} knows extensions`, async () => {
    const containingType = "example.Hello";
    const [file, numbers, none] = await ask(
      client,
      { case: "fileContainingExtension", value: { containingType, extensionNumber: 100 } as never },
      { case: "allExtensionNumbersOfType", value: containingType },
      { case: "allExtensionNumbersOfType", value: "bentoml.grpc.v1.NDArray" },
    );
    assert.deepEqual(namesOf(file), ["example/greeter.proto"]);
    assert.partialDeepStrictEqual(numbers?.value, {
      baseTypeName: containingType,
      extensionNumber: [100],
    });
    assert.partialDeepStrictEqual(none?.value, { extensionNumber: [] });
  });

  for (const [question, words] of [
    [{ case: "fileByFilename", value: "x.proto" }, 'There is no file "x.proto"'],
    [{ case: "fileContainingSymbol", value: "x.Y" }, 'There is no symbol "x.Y"'],
    [{ case: "allExtensionNumbersOfType", value: "x.Y" }, 'There is no message "x.Y"'],
    [
      { case: "fileContainingExtension", value: { containingType: "x.Y", extensionNumber: 1 } },
      'There is no extension 1 of "x.Y"',
    ],
  ] as const) {
    test(`ServerReflection ${version} says: ${words}`, async () => {
      const [answer] = await ask(client, question as Question);
      assert.partialDeepStrictEqual(answer?.value, { errorCode: 5, errorMessage: words });
    });
  }

  test(`ServerReflection ${version} reports an empty question, and goes on`, async () => {
    const [nothing, list] = await ask(
      client,
      { case: undefined },
      { case: "listServices", value: "" },
    );
    assert.partialDeepStrictEqual(nothing?.value, { errorCode: 3 });
    assert.equal(list?.case, "listServicesResponse");
  });
}

test("rpcRoutes() offers no reflection if it is switched off", () => {
  const without = fetchOf({}, { reflection: false });
  const url = "http://test/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
  assert.equal(without(new Request(url, { method: "POST" })), undefined);
  assert.ok(rpc(new Request(url, { method: "POST" })) instanceof Promise);
});
