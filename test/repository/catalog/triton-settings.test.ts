import assert from "node:assert/strict";
import { test } from "node:test";
import type { FileSettings } from "../../../src/repository/catalog/file-settings.ts";
import { jsonSettings, pbtxtSettings } from "../../../src/repository/catalog/triton-settings.ts";

/** A configuration in both forms, and what it means. */
interface Case {
  readonly pbtxt: string;
  readonly json: object;
  readonly read: Partial<FileSettings>;
}

const cases: readonly Case[] = [
  { pbtxt: "", json: {}, read: {} },
  {
    pbtxt: 'name: "a" platform: "onnxruntime_onnx"',
    json: { name: "a", platform: "onnxruntime_onnx" },
    read: { name: "a" },
  },
  {
    pbtxt: 'backend: "onnxruntime" default_model_filename: "net.onnx"',
    json: { backend: "onnxruntime", defaultModelFilename: "net.onnx" },
    read: { file: "net.onnx" },
  },
  { pbtxt: "max_batch_size: 0", json: { max_batch_size: 0 }, read: { settings: { batch: "off" } } },
  {
    pbtxt: "max_batch_size: 8",
    json: { max_batch_size: 8 },
    read: { settings: { batch: "off", batching: { maxBatchSize: 8 } } },
  },
  {
    pbtxt: 'input { name: "x" dims: [ 3, -1 ] reshape { shape: [ 1, 3, -1 ] } }',
    json: { input: [{ name: "x", dims: [3, -1], reshape: { shape: ["1", "3", "-1"] } }] },
    read: {
      settings: {
        declared: { inputs: ["x"], outputs: [] },
        ...{ batch: "off", reshapes: { x: { outer: [3, -1], inner: [1, 3, -1] } } },
      },
    },
  },
  {
    pbtxt: 'input [{ name: "x" format: FORMAT_NCHW }, { name: "y" format: FORMAT_NONE }]',
    json: { input: [{ name: "x", format: "FORMAT_NCHW" }, { name: "y" }] },
    read: {
      settings: {
        declared: { inputs: ["x", "y"], outputs: [] },
        formats: { x: "FORMAT_NCHW" },
      },
    },
  },
  {
    pbtxt: "max_batch_size: 8 dynamic_batching { }",
    json: { max_batch_size: 8, dynamic_batching: {} },
    read: { settings: { batching: { maxBatchSize: 8 } } },
  },
  {
    pbtxt: `max_batch_size: 8
      dynamic_batching {
        preferred_batch_size: [ 4, 8 ]
        max_queue_delay_microseconds: 2500
        default_queue_policy { timeout_action: REJECT max_queue_size: 64 }
      }`,
    json: {
      maxBatchSize: 8,
      dynamicBatching: {
        preferredBatchSize: [4, 8],
        maxQueueDelayMicroseconds: "2500",
        defaultQueuePolicy: { timeoutAction: "REJECT", maxQueueSize: 64 },
      },
    },
    read: {
      settings: {
        batching: {
          maxBatchSize: 8,
          maxQueueRows: 64,
          strategy: { name: "fixedWindow", waitMs: 2.5 },
        },
      },
      ignored: [
        "dynamic_batching.preferred_batch_size",
        "dynamic_batching.default_queue_policy.timeout_action",
      ],
    },
  },
  {
    pbtxt: "instance_group [ { count: 2 kind: KIND_CPU }, { kind: KIND_GPU gpus: [0] } ]",
    json: {
      instance_group: [
        { count: 2, kind: "KIND_CPU" },
        { kind: "KIND_GPU", gpus: [0] },
      ],
    },
    read: { settings: { workers: 3 } },
  },
  {
    pbtxt: "version_policy: { latest: { num_versions: 2 } }",
    json: { version_policy: { latest: { num_versions: 2 } } },
    read: { settings: { versions: { kind: "latest", count: 2 } } },
  },
  {
    pbtxt: "version_policy { all {} }",
    json: { version_policy: { all: {} } },
    read: { settings: { versions: { kind: "all" } } },
  },
  {
    pbtxt: "version_policy { specific { versions: [1, 3] } }",
    json: { versionPolicy: { specific: { versions: ["1", 3] } } },
    read: { settings: { versions: { kind: "specific", versions: ["1", "3"] } } },
  },
  {
    pbtxt: "response_cache { enable: true }",
    json: { response_cache: { enable: true } },
    read: { settings: { cache: { maxBytes: 67_108_864 } } },
  },
  {
    pbtxt: 'parameters { key: "intra_op_thread_count" value: { string_value: "4" } }',
    json: { parameters: { intra_op_thread_count: { string_value: "4" } } },
    read: { settings: { threads: 4 } },
  },
  {
    pbtxt: 'parameters { key: "other" value: { string_value: "4" } }',
    json: { parameters: { other: { string_value: "4" } } },
    read: {},
  },
  {
    pbtxt: `input [ { name: "x" data_type: TYPE_FP32 format: FORMAT_NCHW dims: [ 3, -1, -1 ] } ]
      output { name: "y" data_type: TYPE_FP32 dims: 10 label_filename: "labels.txt" }
      output { name: "z" data_type: TYPE_FP32 dims: [] }`,
    json: {
      input: [{ name: "x", data_type: "TYPE_FP32", format: "FORMAT_NCHW", dims: [3, -1, "-1"] }],
      output: [
        { name: "y", data_type: "TYPE_FP32", dims: [10], label_filename: "labels.txt" },
        { name: "z", data_type: "TYPE_FP32", dims: [] },
      ],
    },
    read: {
      settings: {
        declared: { inputs: ["x"], outputs: ["y", "z"] },
        formats: { x: "FORMAT_NCHW" },
      },
      labelFiles: { y: "labels.txt" },
    },
  },
  {
    pbtxt: `optimization { execution_accelerators { cpu_execution_accelerator: [{ name: "x" }] } }
      model_warmup [ { name: "zeros" batch_size: 1 } ] metric_tags { key: "a" value: "b" }`,
    json: { optimization: {}, model_warmup: [{ name: "zeros" }], metric_tags: { a: "b" } },
    read: { ignored: ["optimization", "metric_tags"] },
  },
];

for (const { pbtxt, json, read } of cases) {
  const wanted = { settings: {}, labelFiles: {}, ignored: [], ...read };
  test(`pbtxtSettings() and jsonSettings() read ${JSON.stringify(json).slice(0, 70)}`, () => {
    assert.deepEqual(pbtxtSettings(pbtxt), wanted);
    assert.deepEqual(jsonSettings(JSON.stringify(json)), wanted);
  });
}

const refused: readonly [json: object, message: RegExp][] = [
  [{ nam: "a" }, /^There is no field "nam": did you mean "name"\?$/],
  [{ input: [{ nme: "a" }] }, /^There is no field "input\[0\].nme": did you mean "name"\?$/],
  [{ name: 3 }, /^"name" must be a text in quotes, but was 3$/],
  [{ max_batch_size: "many" }, /^"max_batch_size" must be a whole number, but was "many"$/],
  [{ max_batch_size: 1.5 }, /^"max_batch_size" must be a whole number, but was 1.5$/],
  [{ max_batch_size: -1 }, /^"max_batch_size" must be a whole number from 0 up, but was -1$/],
  [
    { max_batch_size: 0, dynamic_batching: {} },
    /^"dynamic_batching" needs a "max_batch_size" above 0$/,
  ],
  [{ response_cache: { enable: "on" } }, /^"response_cache.enable" must be true or false/],
  [{ platform: "torch" }, /^"platform" must be "onnxruntime_onnx", but was "torch"$/],
  [{ backend: "python" }, /^"backend" must be "onnxruntime", but was "python"$/],
  [{ sequence_batching: {} }, /^"sequence_batching" is not supported$/],
  [{ ensemble_scheduling: {} }, /^"ensemble_scheduling" is not supported$/],
  [{ model_transaction_policy: { decoupled: true } }, /decoupled" is not supported$/],
  [
    { instance_group: [{ count: 0 }] },
    /^"instance_group.count" must be 1 or more, and 256 at most/,
  ],
  [{ instance_group: [{ count: 1e6 }] }, /^"instance_group.count" must be 1 or more, and 256/],
  [{ version_policy: { all: {}, latest: {} } }, /must be one of latest, all and specific/],
  [{ version_policy: { specific: {} } }, /^"version_policy.specific.versions" must name versions$/],
  [{ name: "a", Name: "b" }, /^There is no field "_name": /],
  [{ max_batch_size: 1, maxBatchSize: 2 }, /^The field "max_batch_size" occurs twice$/],
];

for (const [json, message] of refused) {
  test(`jsonSettings() refuses ${JSON.stringify(json)}`, () => {
    assert.throws(() => jsonSettings(JSON.stringify(json)), { message });
  });
}

test("jsonSettings() refuses what is not an object, and long texts", () => {
  assert.throws(() => jsonSettings("[1]"), { message: "It must be a message, but was [1]" });
  assert.throws(() => jsonSettings("null"), { message: "It must be a message, but was null" });
  assert.throws(() => jsonSettings('"x"'), { message: 'It must be a message, but was "x"' });
  assert.throws(() => jsonSettings("{"), { message: "It is not JSON" });
  assert.throws(() => jsonSettings(" ".repeat(300_000)), /^Error: It must be at most 262144/);
  const deep = `{"parameters":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  assert.doesNotThrow(() => {
    try {
      jsonSettings(deep);
    } catch (error) {
      assert.ok(error instanceof Error && error.message === "It is not JSON");
    }
  });
});

test("pbtxtSettings() distinguishes names from texts, and refuses repetitions", () => {
  const texts: readonly [string, RegExp][] = [
    ["name: resnet", /^"name" must be a text in quotes, but was "resnet"$/],
    ['name: "a" name: "b"', /^The field "name" occurs 2 times$/],
    ["name { }", /^"name" must be a text in quotes, but was a message$/],
    ["input: 3", /^"input\[0\]" must be a message, but was 3$/],
    ["max_batch_size: inf", /^"max_batch_size" must be a whole number, but was Infinity$/],
    ["name", /^It ends where ":" or "\{" was expected$/],
  ];
  for (const [text, message] of texts) assert.throws(() => pbtxtSettings(text), { message });
});
