import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../src/config/config.ts";

test("parseConfig() takes an empty file", () => {
  for (const text of ["", "# nothing", "{}", "version: 1", "runners: {}"]) {
    assert.deepEqual(parseConfig(text).batchingOf("any"), {});
  }
});

test("parseConfig() gives a runner its own settings before those of all", () => {
  const config = parseConfig(`
version: 1
runners:
  batching:
    max_batch_size: 50
    max_latency_ms: 600.5
    max_queue_rows: 5000
  mnist:
    batching:
      max_batch_size: 8
      strategy: { name: fixed_window, wait_ms: 5 }
`);
  const all = { maxBatchSize: 50, maxLatencyMs: 600.5, maxQueueRows: 5_000 };
  assert.deepEqual(config.batchingOf("other"), all);
  assert.deepEqual(config.batchingOf("mnist"), {
    ...all,
    maxBatchSize: 8,
    strategy: { name: "fixedWindow", waitMs: 5 },
  });
});

test("parseConfig() knows every strategy", () => {
  for (const [text, strategy] of [
    ["strategy: adaptive", { name: "adaptive" }],
    ["strategy: { name: off }", { name: "off" }],
    ["enabled: false", { name: "off" }],
    ["strategy: { name: fixed_window, wait_ms: 0 }", { name: "fixedWindow", waitMs: 0 }],
    ["strategy: { name: target_latency, latency_ms: 20 }", { name: "targetLatency", ms: 20 }],
  ] as const) {
    const config = parseConfig(`runners: { batching: { ${text} } }`);
    assert.deepEqual(config.batchingOf("any").strategy, strategy, text);
  }
});

const wrong: readonly [string, RegExp][] = [
  ["runners: [", /^It is not YAML: /],
  ["- a", /^The file must be a mapping of keys, but was \["a"\]$/],
  ["version: 2", /^"version" must be 1, but was 2$/],
  ["runner: {}", /^There is no key "runner": did you mean "runners"\?$/],
  ["zzz: {}", /^There is no key "zzz": it may have version, runners$/],
  ["runners: 5", /^"runners" must be a mapping of keys, but was 5$/],
  ["runners: { mnist: { batch: {} } }", /no key "runners\.mnist\.batch": it may have batching$/],
  [
    "runners: { batching: { max_batchsize: 5 } }",
    /no key "runners\.batching\.max_batchsize": did you mean "max_batch_size"\?/,
  ],
  [
    "runners: { mnist: { batching: { max_batch_size: many } } }",
    /"runners\.mnist\.batching\.max_batch_size" must be a number from 1 up, but was "many"/,
  ],
  ["runners: { batching: { max_latency_ms: -1 } }", /must be a number from 0 up, but was -1/],
  ["runners: { batching: { enabled: maybe } }", /must be true or false, but was "maybe"/],
  [
    "runners: { batching: { strategy: { name: fixed_window } } }",
    /"runners\.batching\.strategy\.wait_ms" is missing/,
  ],
  [
    "runners: { batching: { strategy: { name: soon } } }",
    /must be one of adaptive, fixed_window, target_latency, off, but was "soon"/,
  ],
];
for (const [text, message] of wrong) {
  test(`parseConfig() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseConfig(text), { name: "TypeError", message });
  });
}
