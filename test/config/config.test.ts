import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../src/config/config.ts";
import { configOf } from "./config-of.ts";

const defaults = {
  http: { host: "0.0.0.0", port: 3000 },
  cors: undefined,
  maxConcurrency: undefined,
  timeoutMs: 60_000,
  drainLeadMs: undefined,
  accessLog: {},
  metrics: { enabled: true, namespace: "bentoml_api_server", duration: undefined },
  grpc: {
    host: undefined,
    port: undefined,
    maxConcurrentStreams: undefined,
    maxConcurrentCalls: undefined,
    maxMessageBytes: undefined,
    reflection: undefined,
    metrics: { host: undefined, port: undefined },
  },
  onUncaught: undefined,
  ssl: undefined,
  maxHeldBytes: undefined,
};

test("parseConfig() gives missing settings BentoML's defaults", () => {
  for (const text of [
    "",
    "# nothing",
    "{}",
    "version: 1",
    "version:",
    "runners: {}\napi_server:",
    "api_server: { http: { port: }, metrics: { duration: { min: null } }, traffic: {} }",
    "runners: { mnist: , batching: , metrics: { enabled: } }",
  ]) {
    const config = configOf(text);
    assert.deepEqual(config.apiServer, defaults, text);
    assert.deepEqual(config.runner("mnist"), {
      batching: {},
      metrics: { enabled: true, namespace: "bentoml_runner" },
      callTimeoutMs: undefined,
      isolation: undefined,
      maxMemoryMb: undefined,
      backend: undefined,
      ...{ workers: undefined, threads: undefined, sharesThreads: true },
      ...{ cores: undefined, workersPerCore: undefined },
    });
  }
  assert.deepEqual(parseConfig().apiServer, defaults);
});

const understood: readonly [string, object][] = [
  ["http: { host: '::1', port: 0 }", { http: { host: "::1", port: 0 } }],
  ["http: { port: 65535 }", { http: { host: "0.0.0.0", port: 65_535 } }],
  ["traffic: { timeout: 5 }", { timeoutMs: 5_000 }],
  ["traffic: { max_concurrency: 5 }", { maxConcurrency: 5 }],
  ["traffic: { timeout: 0.25 }", { timeoutMs: 250 }],
  ["traffic: { drain_lead: 2.5 }", { drainLeadMs: 2_500 }],
  ["traffic: { drain_lead: 0 }", { drainLeadMs: 0 }],
  ["on_uncaught: continue", { onUncaught: "continue" }],
  ["traffic: { max_held_bytes: 1000000 }", { maxHeldBytes: 1_000_000 }],
  // What BentoML has renamed.
  ["host: localhost", { http: { host: "localhost", port: 3000 } }],
  ["{ port: 5000, http: { host: localhost } }", { http: { host: "localhost", port: 5000 } }],
  ["timeout: 7", { timeoutMs: 7_000 }],
];
for (const [text, wanted] of understood) {
  test(`parseConfig() understands api_server: ${text}`, () => {
    const indented = text.startsWith("{") ? text : `{ ${text} }`;
    assert.deepEqual(configOf(`api_server: ${indented}`).apiServer, { ...defaults, ...wanted });
  });
}

const wrong: readonly [string, RegExp][] = [
  ["tracing: { zipkin: { endpoint: here } }", /"tracing" is BentoML's, .*: .* variables, OTEL_…/],
  ["- a", /: It must be a mapping of keys, but was \["a"\]$/],
  ["text", /: It must be a mapping of keys, but was "text"$/],
  ["version: 2", /: "version" must be 1, but was 2$/],
  ["runner: {}", /: There is no key "runner": did you mean "runners"\?$/],
  ["apiserver: {}", /: There is no key "apiserver": did you mean "api_server"\?$/],
  ["batching: {}", /: There is no key "batching": did you mean "runners.batching"\?$/],
  ["metrics: {}", /: There is no key "metrics": did you mean "api_server.metrics"\?$/],
  ["zzz: {}", /: There is no key "zzz": it may have version, api_server, runners$/],
  ["api_server: 5", /: "api_server" must be a mapping of keys, but was 5$/],
  ["api_server: { http: [] }", /: "api_server\.http" must be a mapping of keys, but was \[\]$/],
  ["api_server: { http: { prt: 1 } }", /no key "api_server\.http\.prt": did you mean "port"\?$/],
  ["api_server: { metric: {} }", /no key "api_server\.metric": did you mean "metrics"\?$/],
  [
    "api_server: { http: { port: 65536 } }",
    /: "api_server\.http\.port" must be a whole number from 0 to 65535, but was 65536$/,
  ],
  ["api_server: { http: { port: 80.5 } }", /must be a whole number .*, but was 80\.5$/],
  ["api_server: { http: { port: '80' } }", /must be a whole number .*, but was "80"$/],
  ["api_server: { http: { host: 127 } }", /host" must be an address, but was 127$/],
  ["api_server: { http: { host: '' } }", /host" must be an address, but was ""$/],
  [
    "api_server: { traffic: { timeout: 0 } }",
    /timeout" must be a number of seconds from 0\.001 to 2147483, but was 0$/,
  ],
  [
    "api_server: { traffic: { drain_lead: -1 } }",
    /drain_lead" must be a number of seconds from 0 /,
  ],
  ["api_server: { traffic: { timeout: .inf } }", /, but was Infinity$/],
  ["api_server: { traffic: { timeout: 1e9 } }", /, but was 1000000000$/],
  [
    "api_server: { port: 1, http: { port: 2 } }",
    /: "api_server\.port" is the old name of "api_server\.http\.port", which is set too: remove/,
  ],
  ["api_server: { port: 1, http: 2 }", /"api_server\.http" must be a mapping of keys, but was 2$/],
];
for (const [text, message] of wrong) {
  test(`parseConfig() refuses ${text}`, () => {
    assert.throws(() => configOf(text), { name: "Error", message });
    assert.throws(() => configOf(text), { message: /^Cannot use the configuration c\.yaml: / });
  });
}

const others: readonly [string, string][] = [
  ["monitoring:", "monitoring"],
  ["services: {}", "services"],
  ["api_server: { backlog: 2048 }", "api_server.backlog"],
  ["runners: { a: { traffic: { max_concurrency: 2 } } }", "runners.a.traffic.max_concurrency"],
];
for (const [text, key] of others) {
  test(`parseConfig() refuses BentoML's key ${key} with a message of its own`, () => {
    assert.throws(() => configOf(text), {
      message:
        `Cannot use the configuration c.yaml: "${key}" is BentoML's, and not supported ` +
        "by Ekiben",
    });
  });
}

test("parseConfig() repeats excerpts of long values", () => {
  const list = `[${"1, ".repeat(1_000)}1]`;
  assert.throws(() => configOf(`version: ${list}`), /but was \[1,1,1.{70,80}…$/);
  assert.throws(() => configOf(`${"k".repeat(900)}: 1`), /: it may have version, api_server/);
});

test("parseConfig() takes the names of an object's own properties for keys like any other", () => {
  for (const key of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    const unknown = { message: new RegExp(`There is no key "(\\w+\\.)*${key}"`) };
    assert.throws(() => configOf(`${key}: { polluted: 1 }`), unknown);
    assert.throws(() => configOf(`api_server: { ${key}: { polluted: 1 } }`), unknown);
    assert.throws(() => configOf(`runners: { batching: { ${key}: 1 } }`), unknown);
    const named = configOf(`runners: { ${key}: { batching: { max_batch_size: 3 } } }`);
    assert.equal(named.runner(key).batching.maxBatchSize, 3);
    assert.equal(named.runner("other").batching.maxBatchSize, undefined);
    assert.equal(configOf("").runner(key).batching.maxBatchSize, undefined);
  }
  assert.equal("polluted" in {}, false);
});

test("parseConfig() reads the settings of gRPC, TLS, metrics and single runners", () => {
  const { apiServer, ...config } = configOf(`
api_server:
  grpc: { port: 3001, max_message_length: 33554432 }
  metrics: { duration: { min: 0.1, max: 5.0, factor: 2.0 } }
  ssl: { certfile: server.pem, keyfile: server.key }
runners:
  batching: { max_batch_size: 50 }
  mnist: { batching: { max_latency_ms: 600 } }
`);
  config.checkRunners(["mnist"]);
  assert.deepEqual([apiServer.grpc.port, apiServer.grpc.maxMessageBytes], [3001, 2 ** 25]);
  assert.equal(apiServer.ssl?.certfile, "server.pem");
  assert.deepEqual(apiServer.metrics.duration, { min: 0.1, max: 5, factor: 2 });
  assert.deepEqual(config.runner("mnist").batching, { maxBatchSize: 50, maxLatencyMs: 600 });
  assert.deepEqual(config.runner("other").batching, { maxBatchSize: 50 });
});
