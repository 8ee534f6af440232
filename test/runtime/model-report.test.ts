import assert from "node:assert/strict";
import { test } from "node:test";
import { modelReports } from "../../src/runtime/model-report.ts";
import { StatisticsCounter } from "../../src/service/model-statistics.ts";
import { type ModelMetadata, type Models, unknownModel } from "../../src/service/models.ts";

const URL_TEXT = "http://localhost:3000";

/** Models of these names, in two versions; those that begin with `-` are not loaded. */
function modelsOf(names: readonly string[], more: Partial<ModelMetadata> = {}): Models {
  const known = names.filter((name) => !name.startsWith("-"));
  return {
    names,
    versionsOf: () => ["3", "1"],
    find(name) {
      if (!known.includes(name)) throw unknownModel(name);
      return {
        ...{ name, version: "3", platform: "onnxruntime_onnx" },
        inputs: [{ name: "x", dtype: "float32", shape: ["n", 2] }],
        outputs: [{ name: "y", dtype: "int64", shape: undefined }],
        rowAxes: { input: { x: 0 }, output: { y: 0 } },
        maxBatchSize: 100,
        digest: undefined,
        classLabels: {},
        properties: { backend: "wasm", batching: "it was tried" },
        ...{ ready: true, whyNotReady: undefined, statistics: new StatisticsCounter() },
        ...more,
      };
    },
    use: () => assert.fail("no call is made"),
    index: () => [],
    control: undefined,
  };
}

test("modelReports() describes a model, with a call", () => {
  assert.deepEqual(modelReports(modelsOf(["m"]), URL_TEXT), [
    "Model m, version 3 (also 1) on wasm: calls are batched: it was tried (up to 100 rows)\n" +
      "  inputs: x FP32 [-1, 2]\n" +
      "  outputs: y INT64 of any shape\n" +
      "  curl http://localhost:3000/v2/models/m/infer " +
      `-d '{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[0,0]}]}'`,
  ]);
});

test("modelReports() describes a model without batches, and without HTTP", () => {
  const models = modelsOf(["m"], { rowAxes: undefined, maxBatchSize: 0 });
  assert.deepEqual(modelReports(models, undefined), [
    "Model m, version 3 (also 1) on wasm: calls run one by one: it was tried\n" +
      "  inputs: x FP32 [-1, 2]\n" +
      "  outputs: y INT64 of any shape",
  ]);
});

test("modelReports() names the models of which nothing is known yet", () => {
  assert.deepEqual(modelReports(modelsOf(["-a", "b", "-c"]), undefined).slice(1), [
    "And 2 more models: -a, -c",
  ]);
  assert.deepEqual(modelReports(modelsOf(["-a"]), undefined), []);
});

test("modelReports() says nothing of code", () => {
  assert.deepEqual(modelReports(modelsOf(["m"], { platform: "ekiben" }), URL_TEXT), []);
});

test("modelReports() has a bound for a thousand models", () => {
  const names = Array.from({ length: 1_000 }, (_, at) => `m${at}`);
  const reports = modelReports(modelsOf(names), URL_TEXT);
  assert.equal(reports.length, 11);
  assert.match(reports[10] ?? "", /^And 990 more models: m10, m11, .*, m29, and 970 others$/);
});
