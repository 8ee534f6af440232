import assert from "node:assert/strict";
import { test } from "node:test";
import { configOf, configOfOptions } from "./config-of.ts";

/** What these configurations do not say. */
const SIZE = {
  ...{ backend: undefined, workers: undefined, threads: undefined, sharesThreads: true },
  ...{ cores: undefined, workersPerCore: undefined },
};

test("Config.runner() prefers a runner's own settings to those of all", () => {
  const config = configOf(`
version: 1
runners:
  batching:
    enabled: false
    max_batch_size: 50
    max_latency_ms: 600.5
    max_batch_weight: 8192
    max_queue_rows: 5000
    strategy: { name: target_latency, latency_ms: 20 }
  metrics:
    namespace: all
  traffic:
    timeout: 30
  isolation: process
  mnist:
    isolation: threads
    max_memory_mb: 512
    batching:
      enabled: true
      max_batch_size: 8
      max_latency_ms: null # BentoML's own default again
      strategy: { name: fixed_window, wait_ms: 5 }
    metrics:
      enabled: false
    timeout: 1.5 # the old name
  my.model:
`);
  const all = { maxBatchSize: 50, maxBatchWeight: 8_192, maxLatencyMs: 600.5, maxQueueRows: 5_000 };
  const others = {
    batching: { ...all, enabled: false, strategy: { name: "off" } },
    metrics: { enabled: true, namespace: "all" },
    callTimeoutMs: 30_000,
    isolation: "process",
    maxMemoryMb: undefined,
    ...SIZE,
  };
  assert.deepEqual(config.runner("other"), others);
  assert.deepEqual(config.runner("my.model"), others);
  assert.deepEqual(config.runner("mnist"), {
    batching: {
      enabled: true,
      maxBatchSize: 8,
      maxBatchWeight: 8_192,
      maxQueueRows: 5_000,
      strategy: { name: "fixedWindow", waitMs: 5 },
    },
    metrics: { enabled: false, namespace: "all" },
    callTimeoutMs: 1_500,
    isolation: "threads",
    maxMemoryMb: 512,
    ...SIZE,
  });
});

test("Config.runner() knows the old name of the timeout of all runners", () => {
  const config = configOf("runners: { timeout: 2, a: { traffic: { timeout: 3 } } }");
  assert.equal(config.runner("other").callTimeoutMs, 2_000);
  assert.equal(config.runner("a").callTimeoutMs, 3_000);
  const named = configOf("runners: { timeout: { traffic: { timeout: 4 } } }");
  assert.equal(named.runner("timeout").callTimeoutMs, 4_000);
  assert.equal(named.runner("other").callTimeoutMs, undefined);
});

const wrong: readonly [string, RegExp][] = [
  ["5", /"runners" must be a mapping of keys, but was 5$/],
  ["{ mnist: 5 }", /"runners\.mnist" must be a mapping of keys, but was 5$/],
  ["{ mnist: { batch: {} } }", /no key "runners\.mnist\.batch": did you mean "batching"\?$/],
  ["{ mnist: { metric: {} } }", /no key "runners\.mnist\.metric": did you mean "metrics"\?$/],
  ["{ mnist: { batching: [] } }", /"runners\.mnist\.batching" must be a mapping of keys/],
  [
    "{ mnist: { batching: { max_batch_size: many } } }",
    /"runners\.mnist\.batching\.max_batch_size" must be a whole number from 1 up, but was "many"$/,
  ],
  ["{ mnist: { metrics: { duration: {} } } }", /no key "runners\.mnist\.metrics\.duration": it /],
  [
    "{ mnist: { isolation: thread } }",
    /"runners\.mnist\.isolation" must be .* inline, but was "thread": did you mean "threads"\?$/,
  ],
  ["{ max_memory_mb: 0 }", /"runners\.max_memory_mb" must be a whole number from 1 up/],
  ["{ traffic: { timeout: 0 } }", /"runners\.traffic\.timeout" must be a number of seconds/],
  [
    "{ mnist: { timeout: 1, traffic: { timeout: 1 } } }",
    /"runners\.mnist\.timeout" is the old name of "runners\.mnist\.traffic\.timeout", which is/,
  ],
];
for (const [text, message] of wrong) {
  test(`parseConfig() refuses runners: ${text}`, () => {
    assert.throws(() => configOf(`runners: ${text}`), { message });
  });
}

test("Config.checkRunners() refuses an unknown runner, and suggests the nearest", () => {
  const config = configOf("runners: { mnits: {}, batching: { max_batch_size: 5 } }");
  config.checkRunners(["mnits"]);
  config.checkRunners(["other", "mnits"]);
  const start = 'Cannot use the configuration c.yaml: There is no runner "mnits": ';
  for (const [names, hint] of [
    [["other", "mnist"], 'did you mean "mnist"?'],
    [["text", "words"], "the service's runners are text, words"],
    [[], "the service's runners are none"],
  ] as const) {
    assert.throws(() => config.checkRunners(names), { message: start + hint });
  }
});

test("Config.checkRunners() names the source that has the runner", () => {
  const file = "runners: { mnist: {} }";
  const environment = { EKIBEN_CONFIG_OPTIONS: "runners.mnits.batching.max_batch_size=5" };
  const config = configOf(file, environment);
  assert.throws(() => config.checkRunners(["mnist"]), {
    message: /^Cannot use EKIBEN_CONFIG_OPTIONS: There is no runner "mnits": did you mean "mnist"/,
  });
  configOfOptions('runners."my.model".metrics.enabled=false').checkRunners(["my.model"]);
});

test("Config.checkRunners() refuses a runner with the name of a given section", () => {
  const config = configOf("runners: { metrics: { enabled: false } }");
  config.checkRunners(["mnist", "batching"]);
  assert.throws(() => config.checkRunners(["mnist", "metrics"]), {
    message: /"runners\.metrics" is for all runners, .*: give that runner another name$/,
  });
});
