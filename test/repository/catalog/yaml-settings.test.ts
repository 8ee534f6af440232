import assert from "node:assert/strict";
import { test } from "node:test";
import { yamlSettings } from "../../../src/repository/catalog/yaml-settings.ts";
import type { ModelSettings } from "../../../src/repository/model-settings.ts";

const MB = 1024 * 1024;

const read: readonly [text: string, settings: ModelSettings, labelFiles?: object][] = [
  ["", {}],
  ["# only a comment", {}],
  ["backend: wasm", { backend: "wasm" }],
  ["{ workers: 3, threads: 2, warm_up: false }", { workers: 3, threads: 2, warmUp: false }],
  ["workers: auto", { workers: "auto" }],
  ["batching: { enabled: true }", { batch: "on" }],
  [
    "batching: { enabled: false, max_batch_size: 4 }",
    { batch: "off", batching: { maxBatchSize: 4 } },
  ],
  [
    "batching: { max_batch_size: 50, max_latency_ms: 600, max_queue_rows: 9, max_batch_weight: 2 }",
    { batching: { maxBatchSize: 50, maxLatencyMs: 600, maxQueueRows: 9, maxBatchWeight: 2 } },
  ],
  [
    "batching: { strategy: { name: fixed_window, wait_ms: 5 } }",
    { batching: { strategy: { name: "fixedWindow", waitMs: 5 } } },
  ],
  [
    "batching: { strategy: { name: target_latency, latency_ms: 50 } }",
    { batching: { strategy: { name: "targetLatency", latencyMs: 50 } } },
  ],
  ["batching: { strategy: adaptive }", { batching: { strategy: { name: "adaptive" } } }],
  ["class_labels: [cat, 7, yes, true]", { classLabels: { "": ["cat", "7", "yes", "true"] } }],
  ["class_labels: labels.txt", {}, { "": "labels.txt" }],
  [
    "class_labels: { scores: [cat, dog], more: more.txt }",
    { classLabels: { scores: ["cat", "dog"] } },
    { more: "more.txt" },
  ],
  ["versions: all", { versions: { kind: "all" } }],
  ["versions: latest", { versions: { kind: "latest", count: 1 } }],
  ["versions: { latest: 3 }", { versions: { kind: "latest", count: 3 } }],
  ["versions: [1, '12']", { versions: { kind: "specific", versions: ["1", "12"] } }],
  [
    "{ labels: { stable: 3, canary: 4 }, canary: { version: canary, share: 0.1 } }",
    { labels: { stable: "3", canary: "4" }, canary: { version: "canary", share: 0.1 } },
  ],
  ["canary: { version: 4, share: 1 }", { canary: { version: "4", share: 1 } }],
  ["cache: true", { cache: { maxBytes: 64 * MB } }],
  ["cache: false", {}],
  ["cache: { max_bytes: 1000, max_age: 1.5 }", { cache: { maxBytes: 1000, maxAgeMs: 1500 } }],
  ["cache: { max_age: 60 }", { cache: { maxBytes: 64 * MB, maxAgeMs: 60_000 } }],
  ["deterministic: false", { deterministic: false }],
];

for (const [text, settings, labelFiles = {}] of read) {
  test(`yamlSettings() reads "${text}"`, () => {
    assert.deepEqual(yamlSettings(text), { settings, labelFiles, ignored: [] });
  });
}

test("yamlSettings() reads the name of the file", () => {
  assert.equal(yamlSettings("file: net.onnx")?.file, "net.onnx");
});

test("yamlSettings() returns nothing for the configuration of a server", () => {
  assert.equal(yamlSettings("api_server: { port: 3000 }"), undefined);
  assert.equal(yamlSettings("runners: { mnist: {} }"), undefined);
});

const refused: readonly [text: string, message: RegExp][] = [
  ["batchin: 1", /^There is no key "batchin": did you mean "batching"\?$/],
  [
    "batching: { max_batch_sise: 1 }",
    /^There is no key "batching.max_batch_sise": did you mean "max_batch_size"\?$/,
  ],
  [
    "max_batch_size: 8",
    /^There is no key "max_batch_size": did you mean "batching.max_batch_size"\?$/,
  ],
  ["backend: cuda", /^"backend" must be auto, native, wasm or webgpu, but was "cuda"$/],
  ["workers: 0", /^"workers" must be auto or 1 to 256, but was 0$/],
  ["workers: 1000000", /^"workers" must be auto or 1 to 256, but was 1000000$/],
  ["threads: 1.5", /^"threads" must be a whole number from 1 to 1024, but was 1.5$/],
  ["warm_up: 1", /^"warm_up" must be true or false, but was 1$/],
  ["batching: { max_batch_size: 0 }", /^"batching.max_batch_size" must be a whole number from 1/],
  ["batching: { strategy: { name: fixed_window } }", /^"batching.strategy.wait_ms" is missing/],
  ["class_labels: 3", /^"class_labels" must be the name of a file or a list, but was 3$/],
  ["class_labels: { y: [[a]] }", /^"class_labels.y" must be the name of a file or a list, but was/],
  ["class_labels: []", /^"class_labels" must be the name of a file or a list, but was \[\]$/],
  ["versions: newest", /^"versions" must be all, latest, .*, but was "newest"$/],
  ["versions: []", /^"versions" must be all, latest, .*, but was \[\]$/],
  ["versions: [0]", /^"versions" must be all, latest, .*, but was \[0\]$/],
  ["versions: { latest: 0 }", /^"versions.latest" must be a whole number from 1 up, but was 0$/],
  ["versions: { newest: 1 }", /^There is no key "versions.newest": /],
  ["labels: { stable: new }", /^"labels.stable" must be a version, such as 3, but was "new"$/],
  ["labels: { 3: 3 }", /^"labels.3" looks like a version: a label must not be a number$/],
  ["labels: stable", /^"labels" must map labels to versions$/],
  ["canary: { version: 2 }", /^"canary.share" is missing: it is a number from 0 to 1$/],
  [
    "canary: { version: 2, share: 10 }",
    /^"canary.share" must be a number from 0 to 1, but was 10$/,
  ],
  ["canary: { share: 0.1 }", /^"canary.version" must be a version or a label, but was null$/],
  ["cache: 5", /^"cache" must be a mapping of keys, but was 5$/],
  ["cache: { max_bytes: -1 }", /^"cache.max_bytes" must be a whole number from 1 up, but was -1$/],
  ["- 1", /^It must be a mapping of keys, but was \[1\]$/],
  ["{", /^It is not YAML: /],
  ["a: 1\na: 2", /^It is not YAML: The key "a" occurs twice$/],
  [`a: ${"x".repeat(70_000)}`, /^It must be at most 65536 characters, but is longer$/],
];

for (const [text, message] of refused) {
  test(`yamlSettings() refuses "${text.slice(0, 60)}"`, () => {
    assert.throws(() => yamlSettings(text), { message });
  });
}
