import assert from "node:assert/strict";
import { test } from "node:test";
import { workerMetrics } from "../../../src/metrics/worker/worker-metrics.ts";

const help = "x";

test("WorkerMetrics.takeDelta() returns each change once", () => {
  const worker = workerMetrics({ dateNow: () => 5 });
  assert.equal(worker.takeDelta(), undefined);
  const counter = worker.counter("c", { help, labels: ["a"] });
  const plain = worker.gauge("g", { help });
  const first = worker.takeDelta();
  assert.deepEqual(
    first?.definitions.map(({ name }) => name),
    ["c_total", "g"],
  );
  // A gauge without labels exists from its definition on, at 0.
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

test("WorkerMetrics.takeDelta() returns the same definition once", () => {
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

test("WorkerMetrics.takeDelta() reads the functions of gauges", () => {
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
