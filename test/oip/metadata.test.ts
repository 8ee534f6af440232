import assert from "node:assert/strict";
import { test } from "node:test";
import {
  modelConfig,
  modelConfigBody,
  modelMetadata,
  serverMetadata,
} from "../../src/oip/metadata.ts";
import { metadata, spec } from "./requests.ts";

const inputs = [spec("x", "float32", [-1, 3]), spec("t", "string", [-1])];
const outputs = [spec("y", "int64", [-1])];
const rowAxes = { input: { x: 0, t: 0 }, output: { y: 0 } };
const batched = metadata(inputs, { outputs, rowAxes, maxBatchSize: 32, digest: "sha256:ab" });

test("serverMetadata() lists the extensions that work", () => {
  const extensions = [
    ...["binary_tensor_data", "classification", "model_configuration", "parameters"],
    ...["schedule_policy", "statistics"],
  ];
  assert.deepEqual(serverMetadata("s", "1.2", undefined), {
    name: "s",
    version: "1.2",
    extensions,
  });
  const control = { load: async () => {}, unload: async () => {} };
  assert.deepEqual(serverMetadata("s", "1.2", { control }).extensions, [
    ...extensions.toSpliced(3, 0, "model_repository"),
  ]);
});

test("modelMetadata() describes the tensors, -1 for open axes", () => {
  const wanted = {
    name: "m",
    versions: ["2", "1"],
    platform: "onnxruntime_onnx",
    inputs: [
      { name: "x", datatype: "FP32", shape: [-1, 3] },
      { name: "t", datatype: "BYTES", shape: [-1] },
    ],
    outputs: [{ name: "y", datatype: "INT64", shape: [-1] }],
    properties: { digest: "sha256:ab" },
  };
  assert.deepEqual(modelMetadata(batched, ["2", "1"]), wanted);
});

test("modelConfigBody() leaves out the batch of a model whose calls are batched", () => {
  assert.deepEqual(modelConfigBody(modelConfig(batched, ["2", "1"])), {
    name: "m",
    platform: "onnxruntime_onnx",
    backend: "onnxruntime",
    version_policy: { specific: { versions: [2, 1] } },
    max_batch_size: 32,
    input: [
      { name: "x", data_type: "TYPE_FP32", dims: [3] },
      { name: "t", data_type: "TYPE_STRING", dims: [] },
    ],
    output: [{ name: "y", data_type: "TYPE_INT64", dims: [] }],
    dynamic_batching: { priority_levels: 2, default_priority_level: 1 },
    parameters: { digest: { string_value: "sha256:ab" } },
  });
});

test("modelConfigBody() has the rows that settings declare, of calls that are not batched", () => {
  const formats = { x: "FORMAT_NHWC" };
  const alone = { ...batched, rowAxes: undefined, maxBatchSize: 0, maxCallRows: 8, formats };
  const body = modelConfigBody(modelConfig(alone, ["1"]));
  assert.equal(body["max_batch_size"], 8);
  assert.deepEqual(body["input"], [
    { name: "x", data_type: "TYPE_FP32", dims: [3], format: "FORMAT_NHWC" },
    { name: "t", data_type: "TYPE_STRING", dims: [] },
  ]);
  assert.deepEqual(body["output"], [{ name: "y", data_type: "TYPE_INT64", dims: [] }]);
  assert.ok(!("dynamic_batching" in body));
});

test("modelConfigBody() has whole shapes where the first axis is not the batch of all", () => {
  for (const more of [{ rowAxes: undefined }, { rowAxes: { input: { x: 0 }, output: { y: 0 } } }]) {
    const body = modelConfigBody(modelConfig({ ...batched, ...more }, ["beta"]));
    assert.equal(body["max_batch_size"], 0);
    assert.deepEqual(body["output"], [{ name: "y", data_type: "TYPE_INT64", dims: [-1] }]);
    assert.ok(!("dynamic_batching" in body));
    assert.ok(!("version_policy" in body));
  }
});
