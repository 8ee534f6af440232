import assert from "node:assert/strict";
import { test } from "node:test";
import { type MetricsRegistry, metrics, service } from "ekiben";
import { formatValue } from "../../../src/page/charts/format.ts";
import { Growth } from "../../../src/page/charts/growth.ts";
import { PANELS } from "../../../src/page/charts/panels.ts";
import { parseMetrics } from "../../../src/page/charts/parse-metrics.ts";
import { runnerFamilies } from "../../../src/runner/metrics/runner-families.ts";
import { requestCounter } from "../../../src/service/request-metrics.ts";

/** The metrics of a service with a runner, as the service itself counts. */
function counted(namespace = "bentoml_api_server") {
  const registry = metrics({ processMetrics: false });
  const any = service("any", { apis: {}, metrics: registry });
  const [http, grpc] = (["http", "grpc"] as const).map((protocol) =>
    requestCounter(any, protocol, { metrics: { namespace } }),
  );
  const about = { serviceName: "any", serviceVersion: "1", namespace: "bentoml_runner" };
  const families = runnerFamilies({ registry, ...about, enabled: true });
  return { registry, http, grpc, families };
}

async function scrape(registry: MetricsRegistry, seconds: number) {
  const text = await new Response((await registry.expose(null)).body).text();
  return { samples: parseMetrics(text), seconds, date: seconds };
}

/** Returns what a panel shows, as a reader sees it. */
function shown(id: string, growth: Growth | undefined): Record<string, string> {
  const panel = PANELS.find((each) => each.id === id);
  assert.ok(panel !== undefined && growth !== undefined);
  const reading = [...panel.read(growth)];
  return Object.fromEntries(reading.map(([name, value]) => [name, formatValue(value, panel.unit)]));
}

function noteOf(id: string, growth: Growth | undefined): string | undefined {
  return growth && PANELS.find((each) => each.id === id)?.note?.(growth);
}

/** Requests that were sent, by endpoint or method, and status. */
const HTTP: readonly (readonly [endpoint: string, status: number, times: number])[] = [
  ["/predict", 200, 30],
  ["/predict", 400, 2],
  ["/predict", 500, 1],
  ["(unknown)", 404, 4],
  ["/v2/models/*/infer", 200, 6],
  ...["/", "/livez", "/readyz", "/healthz", "/metrics", "/docs.json", "/openapi.json"].map(
    (path) => [path, 200, 100] as const,
  ),
  ...["/ui/*", "/schema.json", "/v2", "/v2/models", "/v2/models/*", "/v2/health/ready"].map(
    (path) => [path, 200, 100] as const,
  ),
];
const RPC = [
  ["predict", 200, 10],
  ["inference.GRPCInferenceService/ModelInfer", 200, 8],
  ["grpc.health.v1.Health/Check", 200, 100],
  ["grpc.reflection.v1.ServerReflection/ServerReflectionInfo", 200, 100],
  ["bentoml.grpc.v1.BentoService/ServiceMetadata", 200, 100],
  ["inference.GRPCInferenceService/ServerReady", 200, 100],
  ["inference.GRPCInferenceService/ModelMetadata", 200, 100],
] as const;

for (const namespace of ["bentoml_api_server", "own_prefix"]) {
  test(`PANELS: requests of ${namespace}_… are those of callers`, async () => {
    const { registry, http, grpc, families } = counted(namespace);
    const runner = { runner_name: "any", endpoint: "/predict", service_name: "any" };
    families.total.inc({ ...runner, service_version: "1", http_response_code: "200" }, 1000);
    http?.begin("/predict").end(200); // before the first scrape
    const before = await scrape(registry, 10);
    for (const [endpoint, status, times] of HTTP) {
      for (let at = 0; at < times; at++) http?.begin(endpoint).end(status);
    }
    for (const [method, status, times] of RPC) {
      for (let at = 0; at < times; at++) grpc?.begin(method).end(status);
    }
    const growth = Growth.between(before, await scrape(registry, 12));
    assert.deepEqual(shown("requests", growth), {
      "/predict": "16.5/s",
      "(unknown)": "2/s",
      "/v2/models/*/infer": "3/s",
      "predict (RPC)": "5/s",
      "ModelInfer (RPC)": "4/s",
    });
    assert.deepEqual(shown("statuses", growth), {
      "succeeded (2xx)": "27/s",
      "refused (4xx)": "3/s",
      "failed (5xx)": "0.5/s",
    });
    assert.deepEqual(Object.keys(shown("latency", growth)), ["p50", "p90", "p99", "mean"]);
  });
}

test("PANELS: latency has the quantiles of the time between two scrapes alone", async () => {
  const { registry } = counted();
  const seconds = registry.histogram("x_request_duration_seconds", {
    help: "any",
    labels: ["endpoint", "http_response_code"],
    buckets: [0.1, 0.2, 0.4],
  });
  const observe = (endpoint: string, value: number, times: number): void => {
    for (let at = 0; at < times; at++) {
      seconds.observe({ endpoint, http_response_code: "200" }, value);
    }
  };
  observe("/predict", 0.3, 500);
  const first = await scrape(registry, 0);
  observe("/predict", 0.15, 100);
  observe("/livez", 0.05, 500);
  observe("(unknown)", 0.05, 500);
  const second = await scrape(registry, 2);
  assert.deepEqual(shown("latency", Growth.between(first, second)), {
    p50: "150 ms",
    p90: "190 ms",
    p99: "199 ms",
    mean: "150 ms",
  });
  observe("/predict", 0.05, 90);
  observe("/predict", 9, 10);
  const third = await scrape(registry, 4);
  const late = { p50: "≤ 100 ms", p90: "≤ 100 ms", p99: "≥ 400 ms", mean: "945 ms" };
  assert.deepEqual(shown("latency", Growth.between(second, third)), late);
  assert.deepEqual(shown("latency", Growth.between(third, await scrape(registry, 6))), {});
});

test("PANELS: batches, queues and workers of several runners", async () => {
  const { registry, families } = counted();
  const [one, two] = ["one", "two"].map((name) => ({ runner_name: name, method_name: "run" }));
  assert.ok(one !== undefined && two !== undefined);
  const before = await scrape(registry, 0);
  for (const rows of [4, 8]) families.rows.observe(one, rows);
  families.rows.observe(two, 1);
  families.batches.inc({ ...one, reason: "full" }, 3);
  families.batches.inc({ ...two, reason: "idle" }, 1);
  families.batches.inc({ ...one, reason: "idle" }, 2);
  families.run.observe({ ...two, backend: "wasm" }, 2);
  families.run.observe({ ...two, backend: "native" }, 3);
  families.queued.set({ ...one, lane: "bulk" }, 4);
  families.queued.set({ ...one, lane: "interactive" }, 3);
  families.shed.inc({ ...one, reason: "deadline" }, 2);
  for (const [runner_name, ready, busy] of [
    ["one", 3, 1],
    ["two", 4, 2],
  ] as const) {
    families.workers.set({ runner_name, state: "ready" }, ready);
    families.workers.set({ runner_name, state: "busy" }, busy);
  }
  const growth = Growth.between(before, await scrape(registry, 2));
  assert.deepEqual(shown("rows", growth), { "one.run": "6", "two.run": "1" });
  assert.deepEqual(shown("reasons", growth), { full: "1.5/s", idle: "1.5/s" });
  assert.deepEqual(shown("queue", growth), { "one.run": "7" });
  assert.equal(noteOf("queue", growth), "Refused since the start: 2 (deadline).");
  assert.deepEqual(shown("workers", growth), {
    "one: busy": "1",
    "one: idle": "2",
    "two: busy": "2.5",
    "two: idle": "1.5",
  });
  assert.equal(noteOf("workers", growth), "Restarted since the start: none.");
  families.restarts.inc({ runner_name: "one" });
  families.restarts.inc({ runner_name: "two" }, 2);
  const later = Growth.between(before, await scrape(registry, 4));
  assert.equal(noteOf("workers", later), "Restarted since the start: 3.");
});
