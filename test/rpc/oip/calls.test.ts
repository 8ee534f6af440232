import assert from "node:assert/strict";
import { test } from "node:test";
import { create, toBinary, toJson } from "@bufbuild/protobuf";
import { bearerAuth } from "hono/bearer-auth";
import {
  GRPCInferenceService,
  ModelConfigResponseSchema,
  ModelStatisticsResponseSchema,
} from "../../../src/gen/inference/grpc_service_pb.ts";
import { VERSION } from "../../../src/version.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { until } from "../../support/until.ts";
import { countsOf } from "../fixture.ts";
import { STATISTICS } from "./echo-models.ts";
import { Served, WAYS } from "./served.ts";

const { method } = GRPCInferenceService;
const X = { name: "x", datatype: "FP32", shape: [1n], contents: { fp32Contents: [1] } };

for (const way of WAYS) {
  test(`ServerLive and ServerReady pass the middleware of the service over ${way}`, async () => {
    const use = [bearerAuth({ token: "secret" })];
    await using served = await Served.open({ use });
    for (const ready of [true, false]) {
      served.models.ready = ready;
      assert.equal((await served.call(way, method.serverLive, {})).message.live, true);
      const answer = await served.call(way, method.serverReady, {});
      assert.deepEqual([answer.code, answer.message.ready], ["ok", ready]);
    }
    served.models.ready = true;
    served.service.drain();
    assert.equal((await served.call(way, method.serverReady, {})).message.ready, false);
    assert.equal((await served.call(way, method.serverLive, {})).message.live, true);
  });

  test(`All calls but probes take the middleware of the service over ${way}`, async () => {
    await using served = await Served.open({ use: [bearerAuth({ token: "secret" })] });
    const headers = { authorization: "Bearer secret" };
    for (const each of Object.values(method)) {
      if (each.methodKind !== "unary" || /^server(Live|Ready)$/.test(each.localName)) continue;
      assert.equal(await served.codeOf(way, each), "Unauthenticated", each.name);
    }
    const { modelInfer } = method;
    const request = { modelName: "FP32", inputs: [X] };
    assert.equal((await served.call(way, modelInfer, request, { headers })).code, "ok");
  });

  test(`ServerMetadata names the extensions that work over ${way}`, async () => {
    await using served = await Served.open();
    const { message } = await served.call(way, method.serverMetadata, {});
    assert.deepEqual([message.name, message.version], ["ekiben", VERSION]);
    assert.ok(message.extensions.includes("model_repository"));
    served.models.control = undefined;
    const { extensions } = (await served.call(way, method.serverMetadata, {})).message;
    assert.ok(extensions.includes("statistics") && !extensions.includes("model_repository"));
  });

  test(`ModelReady is false for a model that is not there over ${way}`, async () => {
    await using served = await Served.open();
    for (const [name, version, ready] of [
      ["FP32", "", true],
      ["FP32", "3", true],
      ["FP32", "4", false],
      ["broken", "", false],
      ["nope", "", false],
    ] as const) {
      const { code, message } = await served.call(way, method.modelReady, { name, version });
      assert.deepEqual([code, message.ready], ["ok", ready], `${name} ${version}`);
    }
  });

  test(`ModelMetadata and ModelConfig describe a model over ${way}`, async () => {
    await using served = await Served.open();
    const { message } = await served.call(way, method.modelMetadata, { name: "pair" });
    const { $typeName: _, inputs, outputs, ...rest } = message;
    assert.deepEqual(rest, {
      name: "pair",
      versions: ["3"],
      platform: "ekiben",
      properties: { backend: "none", digest: "sha256:00" },
    });
    for (const tensors of [inputs, outputs]) {
      assert.deepEqual(
        tensors.map(({ name, datatype, shape }) => [name, datatype, shape]),
        [
          ["a", "FP32", [-1n, 2n]],
          ["b", "INT64", [-1n]],
        ],
      );
    }
    const config = await served.call(way, method.modelConfig, { name: "pair", version: "3" });
    const tensors = [
      { name: "a", dataType: "TYPE_FP32", dims: ["-1", "2"] },
      { name: "b", dataType: "TYPE_INT64", dims: ["-1"] },
    ];
    assert.deepEqual(toJson(ModelConfigResponseSchema, config.message), {
      config: {
        name: "pair",
        platform: "ekiben",
        versionPolicy: { specific: { versions: ["3"] } },
        input: tensors,
        output: tensors,
        parameters: { backend: { stringValue: "none" }, digest: { stringValue: "sha256:00" } },
      },
    });
    assert.deepEqual(served.models.prepared, ["pair", "pair"]);
    for (const each of [method.modelMetadata, method.modelConfig]) {
      assert.equal(await served.codeOf(way, each, { name: "nope" }), "NotFound");
      assert.equal(await served.codeOf(way, each, { name: "pair", version: "9" }), "NotFound");
    }
  });

  test(`ModelConfig has the types of all datatypes over ${way}`, async () => {
    await using served = await Served.open();
    for (const [name, type] of [
      ["BYTES", "TYPE_STRING"],
      ["FP16", "TYPE_FP16"],
      ["BOOL", "TYPE_BOOL"],
      ["UINT64", "TYPE_UINT64"],
    ] as const) {
      const { message } = await served.call(way, method.modelConfig, { name });
      const json = JSON.stringify(toJson(ModelConfigResponseSchema, message));
      assert.equal(json.split(`"${type}"`).length, 3, json);
    }
  });

  test(`ModelStatistics counts one model, or all, over ${way}`, async () => {
    await using served = await Served.open();
    const { message } = await served.call(way, method.modelStatistics, { name: "pair" });
    const five = (ns: number) => ({ count: "5", ns: String(ns) });
    const compute = {
      computeInput: five(50),
      computeInfer: five(500),
      computeOutput: five(5),
    };
    assert.deepEqual(toJson(ModelStatisticsResponseSchema, message), {
      modelStats: [
        {
          name: "pair",
          version: "3",
          lastInference: String(STATISTICS.lastInference),
          inferenceCount: "7",
          executionCount: "5",
          inferenceStats: {
            ...compute,
            success: { count: "6", ns: String(2 ** 40) },
            fail: { count: "1", ns: "1" },
            queue: {},
            cacheHit: {},
            cacheMiss: {},
          },
          batchStats: [{ batchSize: "2", ...compute }],
        },
      ],
    });
    const all = await served.call(way, method.modelStatistics, {});
    assert.equal(all.message.modelStats.length, served.models.names.length);
    const unknown = await served.call(way, method.modelStatistics, { name: "nope" });
    assert.equal(unknown.code, "NotFound");
  });

  test(`RepositoryIndex lists all models, or those that are ready, over ${way}`, async () => {
    await using served = await Served.open();
    const { message } = await served.call(way, method.repositoryIndex, {});
    const broken = message.models.find(({ name }) => name === "broken");
    assert.deepEqual(
      [broken?.version, broken?.state, broken?.reason],
      ["3", "UNAVAILABLE", "it is broken"],
    );
    assert.equal(message.models.length, served.models.names.length);
    const { models } = (await served.call(way, method.repositoryIndex, { ready: true })).message;
    assert.equal(models.length, served.models.names.length - 1);
  });

  test(`RepositoryModelLoad and -Unload control the models over ${way}`, async () => {
    await using served = await Served.open();
    const { repositoryModelLoad: load, repositoryModelUnload: unload } = method;
    const content = Uint8Array.of(1, 2, 3);
    const parameters = {
      config: { parameterChoice: { case: "stringParam", value: '{"a":1}' } },
      "file:1/model.onnx": { parameterChoice: { case: "bytesParam", value: content } },
    } as const;
    assert.equal((await served.call(way, load, { modelName: "FP32" })).code, "ok");
    assert.equal((await served.call(way, load, { modelName: "FP32", parameters })).code, "ok");
    const [plain, full] = served.models.loads;
    assert.deepEqual(plain, ["FP32", {}]);
    assert.equal(full?.[1]?.config, '{"a":1}');
    const [[path, file] = []] = full?.[1]?.files ?? [];
    assert.deepEqual([path, new Uint8Array(file ?? [])], ["1/model.onnx", content]);
    assert.equal((await served.call(way, load, { modelName: "nope" })).code, "NotFound");
    for (const [wrong, text] of [
      [{ config: parameters["file:1/model.onnx"] }, /"config" must be a string/],
      [{ "file:a": parameters.config }, /"file:a" must be bytes/],
      [{ other: parameters.config }, /Unknown parameter "other"/],
    ] as const) {
      const answer = await served.call(way, load, { modelName: "FP32", parameters: wrong });
      assert.equal(answer.code, "InvalidArgument");
      assert.match(answer.text, text);
    }
    assert.equal((await served.call(way, unload, { modelName: "FP32" })).code, "ok");
    assert.deepEqual([served.models.unloads, served.models.loads.length], [["FP32"], 2]);
    served.models.control = undefined;
    for (const each of [load, unload]) {
      assert.equal(await served.codeOf(way, each, { modelName: "FP32" }), "Unimplemented");
    }
  });

  test(`ModelInfer ends at its deadline and when its caller leaves over ${way}`, async () => {
    await using served = await Served.open();
    const { models } = served;
    const request = { modelName: "waits", inputs: [X] };
    const late = await served.call(way, method.modelInfer, request, { timeoutMs: 100 });
    assert.equal(late.code, "DeadlineExceeded");
    await until(() => models.leases === 0);
    if (way.startsWith("gRPC ") || way === "gRPC") return; // the next test
    const client = new AbortController();
    const before = models.waiting.length; // the late call may have ended before its model
    const call = served.call(way, method.modelInfer, request, { signal: client.signal });
    await until(() => models.waiting.length > before);
    client.abort();
    assert.equal((await call).code, "Canceled");
    await until(() => models.leases === 0);
  });

  test(`ModelInfer is counted by its method and refused at a stop over ${way}`, async () => {
    await using served = await Served.open();
    const name = "inference.GRPCInferenceService/ModelInfer";
    const inputs = [X];
    for (const modelName of ["FP32", "FP32", "nope", "another"]) {
      await served.call(way, method.modelInfer, { modelName, inputs });
    }
    served.service.drain();
    const { code } = await served.call(way, method.modelInfer, { modelName: "FP32", inputs });
    assert.equal(code, "Unavailable");
    const expected = [`${name} 200: 2`, `${name} 404: 2`, `${name} 503: 1`];
    await until(async () => (await countsOf(served.service)).length === expected.length);
    assert.deepEqual(await countsOf(served.service), expected);
  });
}

test("The parameter timeout is measured by the clock of the server", {
  timeout: 40_000, // less than the parameter
}, async () => {
  const clock = new FakeClock();
  await using served = await Served.open({}, { clock });
  const timeout = { parameterChoice: { case: "int64Param" as const, value: 50_000_000n } };
  const request = { modelName: "waits", inputs: [X], parameters: { timeout } };
  const call = served.call("gRPC", method.modelInfer, request);
  await until(() => served.models.waiting.length === 1);
  clock.advance(50_000);
  const { code, text } = await call;
  assert.deepEqual([code, text], ["DeadlineExceeded", 'Model "waits": the timeout is over']);
});

test("A caller of ModelInfer over gRPC that disconnects ends its inference", async () => {
  await using served = await Served.open();
  const { input } = method.modelInfer;
  const bytes = toBinary(input, create(input, { modelName: "waits", inputs: [X] }));
  const stream = served.client.start("/inference.GRPCInferenceService/ModelInfer");
  stream.on("error", () => {});
  stream.end(Buffer.from(bytes));
  await until(() => served.models.waiting.length === 1);
  assert.equal(served.models.leases, 1);
  stream.cancel();
  await until(() => served.models.leases === 0);
});

test("A service may have its own implementation, or none", async () => {
  await using own = await Served.open({
    rpc: (router) => void router.service(GRPCInferenceService, { serverLive: () => ({}) }),
  });
  assert.equal((await own.call("gRPC", method.serverLive, {})).message.live, false);
  assert.equal((await own.call("gRPC", method.serverReady, {})).code, "Unimplemented");
  await using none = await Served.open({ models: false });
  assert.equal((await none.call("gRPC", method.serverLive, {})).code, "Unimplemented");
});
