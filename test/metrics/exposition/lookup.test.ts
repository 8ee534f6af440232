import assert from "node:assert/strict";
import { test } from "node:test";
import { workerMetrics } from "../../../src/metrics/worker/worker-metrics.ts";
import { quiet } from "../exposed.ts";

const help = "x";

test("MetricsRegistry.value() reads every sample that is exposed, workers' included", () => {
  const registry = quiet();
  registry.counter("c", { help }).inc(2);
  registry.gauge("g", { help, labels: ["a", "b"], aggregate: "all" }).set({ a: "x", b: 1 }, 3);
  registry.summary("s", { help, labels: ["a"] }).observe({ a: true }, 4);
  const worker = workerMetrics();
  const options = { help, labels: ["backend"], buckets: [0.5, 1, 2] } as const;
  const histogram = worker.histogram("h", options);
  for (const value of [0.1, 1, 5]) histogram.observe({ backend: "wasm" }, value);
  worker.gauge("g", { help, labels: ["a", "b"], aggregate: "all" }).set({ a: "x", b: 1 }, 9);
  registry.merge("r/1", worker.takeDelta() ?? assert.fail());
  const backend = "wasm";
  for (const [sample, labels, value] of [
    ["c_total", {}, 2],
    ["c", {}, 2],
    ["g", { a: "x", b: 1 }, 3],
    ["g", { b: "1", a: "x" }, 3],
    ["g", { a: "x", b: 1, worker: "r/1" }, 9],
    ["s_count", { a: true }, 1],
    ["s_sum", { a: "true" }, 4],
    ["h_count", { backend }, 3],
    ["h_sum", { backend }, 6.1],
    ["h_bucket", { backend, le: 0.5 }, 1],
    ["h_bucket", { backend, le: "1.0" }, 2],
    ["h_bucket", { backend, le: "+Inf" }, 3],
    ["h_bucket", { backend, le: Number.POSITIVE_INFINITY }, 3],
    // Samples that are not exposed have no value.
    ["h_bucket", { backend, le: 3 }, undefined],
    ["h_bucket", { backend }, undefined],
    ["h_count", { backend: "native" }, undefined],
    ["h_count", {}, undefined],
    ["h", { backend }, undefined],
    ["s", { a: true }, undefined],
    ["s_created", { a: true }, undefined],
    ["c_total", { a: "x" }, undefined],
    ["g", { a: "x" }, undefined],
    ["unknown", {}, undefined],
  ] as const) {
    const found = registry.value(sample, labels);
    assert.equal(found, value, `${sample} ${JSON.stringify(labels)}`);
  }
});
