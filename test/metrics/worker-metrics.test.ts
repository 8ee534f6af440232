import assert from "node:assert/strict";
import { test } from "node:test";
import type { MetricsDelta } from "../../src/metrics/delta.ts";
import { workerMetrics } from "../../src/metrics/worker-metrics.ts";
import { fakeTime, linesOf, quiet, textOf } from "./exposed.ts";

const help = "x";

/** As a message between threads. */
function posted(delta: MetricsDelta | undefined): MetricsDelta {
  assert.ok(delta !== undefined);
  return structuredClone(delta);
}

test("WorkerMetrics.takeDelta() tells what is new, and nothing twice", () => {
  const worker = workerMetrics({ dateNow: () => 5 });
  assert.equal(worker.takeDelta(), undefined);
  const counter = worker.counter("c", { help, labels: ["a"] });
  const plain = worker.gauge("g", { help });
  const first = worker.takeDelta();
  assert.deepEqual(
    first?.definitions.map(({ name }) => name),
    ["c_total", "g"],
  );
  // The gauge without labels is there from its definition on, at 0.
  assert.deepEqual(first?.changes, [
    { type: "gauge", name: "g", series: [{ labels: [], value: 0, setAtMs: 0 }] },
  ]);
  assert.equal(worker.takeDelta(), undefined);

  counter.inc({ a: "1" }, 2);
  counter.inc({ a: "1" }, 3, { exemplar: { trace_id: "4f" } });
  counter.labels({ a: "2" });
  const exemplar = { labels: { trace_id: "4f" }, value: 3, timestampMs: 5 };
  const series = [
    { labels: ["1"], amount: 5, exemplar },
    { labels: ["2"], amount: 0, exemplar: undefined },
  ];
  assert.deepEqual(worker.takeDelta(), {
    definitions: [],
    changes: [{ type: "counter", name: "c_total", series }],
  });
  assert.equal(worker.takeDelta(), undefined);

  counter.inc({ a: "1" });
  plain.set(7);
  plain.set(8);
  assert.deepEqual(worker.takeDelta()?.changes, [
    {
      type: "counter",
      name: "c_total",
      series: [{ labels: ["1"], amount: 1, exemplar: undefined }],
    },
    { type: "gauge", name: "g", series: [{ labels: [], value: 8, setAtMs: 0 }] },
  ]);
});

test("WorkerMetrics tells the same definition once", () => {
  const worker = workerMetrics();
  worker.counter("c", { help, labels: ["a"] });
  worker.counter("c_total", { help, labels: ["a"] });
  assert.equal(worker.takeDelta()?.definitions.length, 1);
  worker.counter("c", { help, labels: ["a"] });
  assert.equal(worker.takeDelta(), undefined);
});

test("WorkerMetrics calls onChange once between two deltas", () => {
  let calls = 0;
  const worker = workerMetrics({
    onChange: () => {
      calls += 1;
    },
  });
  const counter = worker.counter("c", { help, labels: ["a"] });
  assert.equal(calls, 1);
  const summary = worker.summary("s", { help });
  counter.inc({ a: 1 });
  counter.inc({ a: 2 });
  assert.equal(calls, 1);
  worker.takeDelta();
  assert.equal(calls, 1);
  counter.inc({ a: 1 });
  counter.inc({ a: 2 });
  summary.observe(1);
  assert.equal(calls, 2);
  worker.takeDelta();
  assert.equal(worker.takeDelta(), undefined);
  assert.equal(calls, 2);
  worker.histogram("h", { help, labels: ["a"] });
  assert.equal(calls, 3);
});

test("WorkerMetrics asks a gauge's function whenever a delta is taken", () => {
  let calls = 0;
  let value: () => number = () => 1;
  const worker = workerMetrics({ onChange: () => calls++ });
  worker.gauge("g", { help }).setFunction(() => value());
  const told = (): unknown => worker.takeDelta()?.changes[0]?.series;
  assert.deepEqual(told(), [{ labels: [], value: 1, setAtMs: 0 }]);
  assert.equal(told(), undefined);
  value = () => 2;
  assert.deepEqual(told(), [{ labels: [], value: 2, setAtMs: 0 }]);
  value = () => {
    throw new Error("no");
  };
  assert.deepEqual(told(), [{ labels: [], value: undefined, setAtMs: 0 }]);
  assert.equal(told(), undefined);
  assert.equal(calls, 1);
});

test("MetricsRegistry.merge() adds what workers count to what the main thread counts", async () => {
  const registry = quiet();
  registry.counter("c", { help, labels: ["a"] }).inc({ a: "1" }, 10);
  const workers = [workerMetrics(), workerMetrics()];
  for (const [at, worker] of workers.entries()) {
    const counter = worker.counter("c", { help, labels: ["a"] });
    counter.inc({ a: "1" }, 1 + at);
    counter.inc({ a: `w${at}` });
    const histogram = worker.histogram("h", { help, buckets: [1, 2] });
    histogram.observe(0.5);
    histogram.observe(5);
    worker.summary("s", { help }).observe(3);
    registry.merge(`r/${at}`, posted(worker.takeDelta()));
    histogram.observe(1.5);
    registry.merge(`r/${at}`, posted(worker.takeDelta()));
  }
  registry.forget("r/0");
  assert.deepEqual(await linesOf(registry), [
    'c_total{a="1"} 13',
    'c_total{a="w0"} 1',
    'c_total{a="w1"} 1',
    'h_bucket{le="1.0"} 2',
    'h_bucket{le="2.0"} 4',
    'h_bucket{le="+Inf"} 6',
    "h_count 6",
    "h_sum 14",
    "s_count 2",
    "s_sum 6",
  ]);
});

test("MetricsRegistry.merge() takes exemplars and native buckets along", async () => {
  const time = fakeTime();
  const registry = quiet();
  const main = registry.histogram("h", { help, buckets: [1, 2], native: true });
  main.observe(0.5, { exemplar: { trace_id: "kept" } });
  const worker = workerMetrics(time);
  const histogram = worker.histogram("h", { help, buckets: [1, 2], native: true });
  worker.counter("c", { help }).inc(2, { exemplar: { trace_id: "counted" } });
  histogram.observe(1.5, { exemplar: { trace_id: "merged" } });
  registry.merge("r/1", posted(worker.takeDelta()));
  const text = await textOf(registry, "application/openmetrics-text");
  for (const [line, id] of [
    ['h_bucket{le="1.0"} 1', "kept"],
    ['h_bucket{le="2.0"} 2', "merged"],
    ["c_total 2", "counted"],
  ] as const) {
    assert.ok(text.includes(`\n${line} # {trace_id="${id}"}`), line);
  }
});

test("MetricsRegistry.merge() fails for another definition, and counts nothing", async () => {
  const registry = quiet();
  registry.histogram("h", { help, buckets: [1, 2] });
  const worker = workerMetrics();
  worker.counter("c", { help }).inc();
  worker.histogram("h", { help, buckets: [1, 3] }).observe(1);
  assert.throws(() => registry.merge("r/1", posted(worker.takeDelta())), {
    name: "TypeError",
    message:
      'Cannot define metric "h" twice in different ways: now it has buckets [1,3], not [1,2]',
  });
  assert.doesNotMatch(await textOf(registry), /^c_total 1$/m);
});

test("MetricsRegistry.merge() fails for a delta whose definition it has not seen", () => {
  const worker = workerMetrics();
  const counter = worker.counter("c", { help });
  worker.takeDelta();
  counter.inc();
  const delta = posted(worker.takeDelta());
  assert.throws(() => quiet().merge("r/1", delta), {
    name: "TypeError",
    message:
      'Cannot merge metric "c_total" of r/1: its definition was in an earlier delta, which was ' +
      "not merged",
  });
  for (const type of ["gauge", "histogram", "summary"] as const) {
    const registry = quiet();
    registry[type]("c_total", { help });
    assert.throws(() => registry.merge("r/1", delta), {
      message: `Cannot merge a counter into "c_total", which is a ${type}`,
    });
  }
});

test("MetricsRegistry.merge() bounds the series of all workers together", async () => {
  const warnings: string[] = [];
  const registry = quiet({ maxSeries: 2, warn: (text) => warnings.push(text) });
  for (const index of [1, 2, 3]) {
    const worker = workerMetrics();
    worker.counter("c", { help, labels: ["a"] }).inc({ a: index }, index);
    worker.gauge("g", { help, labels: ["a"], aggregate: "sum" }).set({ a: index }, index);
    registry.merge(`r/${index}`, posted(worker.takeDelta()));
  }
  assert.deepEqual(await linesOf(registry), [
    'c_total{a="1"} 1',
    'c_total{a="2"} 2',
    'c_total{a="other"} 3',
    'g{a="1"} 1',
    'g{a="2"} 2',
    'g{a="other"} 3',
  ]);
  assert.equal(warnings.length, 2);
});
