import assert from "node:assert/strict";
import { test } from "node:test";
import { configOf } from "./config-of.ts";

const strategies: readonly [string, object | undefined][] = [
  ["strategy: adaptive", { name: "adaptive" }],
  ["strategy: { name: off }", { name: "off" }],
  ["strategy: { name: fixed_window, wait_ms: 0 }", { name: "fixedWindow", waitMs: 0 }],
  ["strategy: { name: target_latency, latency_ms: 20 }", { name: "targetLatency", latencyMs: 20 }],
  ["enabled: false", { name: "off" }],
  ["enabled: false, strategy: adaptive", { name: "off" }],
  ["enabled: true, strategy: adaptive", { name: "adaptive" }],
  ["enabled: true", undefined],
  ["strategy: ", undefined],
];
for (const [text, strategy] of strategies) {
  test(`parseConfig() understands batching: { ${text} }`, () => {
    const { batching } = configOf(`runners: { batching: { ${text} } }`).runner("any");
    assert.deepEqual(batching.strategy, strategy);
    const [, enabled] = /enabled: (\w+)/.exec(text) ?? [];
    assert.equal(batching.enabled, enabled === undefined ? undefined : enabled === "true");
  });
}

const wrong: readonly [string, RegExp][] = [
  ["5", /"runners\.batching" must be a mapping of keys, but was 5$/],
  [
    "{ max_batchsize: 5 }",
    /no key "runners\.batching\.max_batchsize": did you mean "max_batch_size"\?$/,
  ],
  ["{ max_batch_size: many }", /max_batch_size" must be a whole number from 1 up, but was "many"$/],
  ["{ max_batch_size: 0 }", /max_batch_size" must be a whole number from 1 up, but was 0$/],
  ["{ max_batch_size: 1.5 }", /max_batch_size" must be a whole number from 1 up, but was 1\.5$/],
  ["{ max_batch_weight: 0 }", /max_batch_weight" must be a number above 0, but was 0$/],
  ["{ max_queue_rows: 0 }", /max_queue_rows" must be a whole number from 1 up, but was 0$/],
  ["{ max_latency_ms: -1 }", /max_latency_ms" must be a number from 0 up, but was -1$/],
  ["{ enabled: maybe }", /enabled" must be true or false, but was "maybe"$/],
  [
    "{ strategy: { name: fixed_window } }",
    /"runners\.batching\.strategy\.wait_ms" is missing: it must be a number of milliseconds$/,
  ],
  [
    "{ strategy: { name: fixed_window, latency_ms: 5 } }",
    /no key "runners\.batching\.strategy\.latency_ms": it may have name, wait_ms$/,
  ],
  ["{ strategy: { nam: off } }", /no key "runners\.batching\.strategy\.nam": did you mean "name"/],
  ["{ strategy: { name: adaptiv } }", /but was "adaptiv": did you mean "adaptive"\?$/],
  ["{ strategy: {} }", /must be one of adaptive, fixed_window, .*, but was null$/],
  ["{ strategy: soon }", /must be one of adaptive, fixed_window, .*, off, but was "soon"$/],
  ["{ strategy: 5 }", /"runners\.batching\.strategy" must be a mapping of keys, but was 5$/],
];
for (const [text, message] of wrong) {
  test(`parseConfig() refuses batching: ${text}`, () => {
    assert.throws(() => configOf(`runners: { batching: ${text} }`), { message });
  });
}
