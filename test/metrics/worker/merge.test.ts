import assert from "node:assert/strict";
import { test } from "node:test";
import type { Metrics } from "../../../src/metrics/metrics.ts";
import type { MetricsDelta, Refusal } from "../../../src/metrics/worker/delta.ts";
import { workerMetrics } from "../../../src/metrics/worker/worker-metrics.ts";
import { fakeTime, linesOf, quiet, textOf } from "../exposed.ts";

const help = "x";

/** Returns a delta as it arrives in another thread. */
function posted(delta: MetricsDelta | undefined): MetricsDelta {
  assert.ok(delta !== undefined);
  return structuredClone(delta);
}

test("MetricsRegistry.merge() adds the counts of workers to those of the main thread", async () => {
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

test("MetricsRegistry.merge() merges exemplars and native buckets", async () => {
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

/** The definition of a metric on the main thread, that of a worker, and why that is refused. */
const contradictions: readonly (readonly [
  what: string,
  known: (metrics: Metrics) => void,
  defined: (metrics: Metrics) => { inc(): void } | { observe(value: number): void },
  reason: RegExp,
])[] = [
  [
    "type",
    (main) => main.counter("x_total", { help }),
    (worker) => worker.gauge("x_total", { help }),
    /"x_total" again with another definition: type "gauge", not "counter"/,
  ],
  [
    "labels",
    (main) => main.counter("x", { help, labels: ["a"] }),
    (worker) => worker.counter("x", { help }),
    /another definition: labels \[\], not \["a"\]/,
  ],
  [
    "buckets",
    (main) => main.histogram("x", { help, buckets: [1, 2] }),
    (worker) => worker.histogram("x", { help, buckets: [1, 3] }),
    /another definition: buckets \[1,3\], not \[1,2\]/,
  ],
  [
    "native buckets",
    (main) => main.histogram("x", { help, native: true }),
    (worker) => worker.histogram("x", { help }),
    /another definition: native \(none\), not \{"schema":3/,
  ],
  [
    "aggregate",
    (main) => main.gauge("x", { help, aggregate: "sum" }),
    (worker) => worker.gauge("x", { help, aggregate: "max" }),
    /another definition: aggregate "max", not "sum"/,
  ],
  [
    "names of samples: _count",
    (main) => main.histogram("x", { help }),
    (worker) => worker.gauge("x_count", { help }),
    /"x_count" beside "x": both would have samples named "x_count"/,
  ],
  [
    "names of samples: _bucket",
    (main) => main.gauge("x_bucket", { help }),
    (worker) => worker.histogram("x", { help }),
    /"x" beside "x_bucket": both would have samples named "x_bucket"/,
  ],
  [
    "names of samples: _total",
    (main) => main.gauge("x", { help }),
    (worker) => worker.counter("x", { help }),
    /"x_total" beside "x": both would have samples named "x"/,
  ],
  [
    "names of samples: _created",
    (main) => main.summary("x", { help }),
    (worker) => worker.gauge("x_created", { help }),
    /"x_created" beside "x": both would have samples named "x_created"/,
  ],
];

for (const [what, known, defined, reason] of contradictions) {
  test(`MetricsRegistry.merge() refuses only the metric with another ${what}`, async () => {
    const warnings: string[] = [];
    const registry = quiet({ warn: (text) => warnings.push(text) });
    known(registry);
    const before = await linesOf(registry, "x");
    const worker = workerMetrics();
    const wrong = defined(worker);
    const right = worker.counter("c", { help });
    const count = (): void => {
      if ("inc" in wrong) wrong.inc();
      else wrong.observe(1);
      right.inc();
    };
    count();
    const [refusal] = registry.merge("r/1", posted(worker.takeDelta()));
    assert.match(refusal?.reason ?? "", reason);
    for (let round = 0; round < 3; round++) {
      count();
      assert.deepEqual(registry.merge("r/1", posted(worker.takeDelta())), []);
    }
    assert.deepEqual(await linesOf(registry, "x"), before);
    assert.deepEqual(await linesOf(registry, "c_"), ["c_total 4"]);
    assert.equal(warnings.length, 1, "it is said once");
    assert.match(warnings[0] ?? "", /^A metric of a worker of r is not counted: Cannot define/);
  });
}

test("MetricsRegistry.merge() accepts a metric once its definition is right", async () => {
  const registry = quiet();
  registry.counter("x", { help, labels: ["a"] }).inc({ a: 1 });
  const worker = workerMetrics();
  const wrong = worker.gauge("x_total", { help });
  wrong.set(7);
  const refusals = registry.merge("r/1", posted(worker.takeDelta()));
  worker.withdraw(refusals.map(({ name }) => name));
  // The wrong one, where it is still used, counts nowhere.
  wrong.set(8);
  assert.equal(worker.takeDelta()?.changes.length ?? 0, 0);
  worker.counter("x", { help, labels: ["a"] }).inc({ a: 1 }, 5);
  wrong.set(9);
  assert.deepEqual(registry.merge("r/1", posted(worker.takeDelta())), []);
  assert.deepEqual(await linesOf(registry), ['x_total{a="1"} 6']);
});

test("MetricsRegistry.merge() keeps the definition of the first worker", async () => {
  const registry = quiet();
  const tell = (source: string, define: (worker: Metrics) => void): readonly Refusal[] => {
    const worker = workerMetrics();
    define(worker);
    return registry.merge(source, posted(worker.takeDelta()));
  };
  assert.deepEqual(
    tell("r/1", (worker) => worker.counter("x", { help }).inc(2)),
    [],
  );
  assert.equal(tell("r/2", (worker) => worker.histogram("x", { help }).observe(1)).length, 1);
  registry.forget("r/2");
  assert.deepEqual(
    tell("r/2", (worker) => worker.counter("x", { help }).inc(3)),
    [],
    "its replacement is right",
  );
  assert.deepEqual(await linesOf(registry), ["x_total 5"]);
});

test("MetricsRegistry.merge() accepts another help text, and exposes the first", async () => {
  const registry = quiet();
  registry.counter("x", { help: "The first", maxSeries: 5 }).inc();
  const worker = workerMetrics();
  worker.counter("x", { help: "Another" }).inc();
  assert.deepEqual(registry.merge("r/1", posted(worker.takeDelta())), []);
  assert.match(await textOf(registry), /^# HELP x_total The first\n.*\nx_total 2\n$/);
});

test("MetricsRegistry.merge() drops changes without a definition", async () => {
  const worker = workerMetrics();
  const counter = worker.counter("c", { help });
  worker.takeDelta();
  counter.inc();
  worker.counter("d", { help }).inc();
  const delta = posted(worker.takeDelta());
  const warnings: string[] = [];
  const registry = quiet({ warn: (text) => warnings.push(text) });
  registry.merge("r/1", delta);
  for (const type of ["gauge", "histogram", "summary"] as const) {
    const other = quiet();
    other[type]("c_total", { help });
    const before = await linesOf(other);
    other.merge("r/1", delta);
    assert.deepEqual(await linesOf(other), [...before, "d_total 1"]);
  }
  assert.deepEqual(await linesOf(registry), ["d_total 1"]);
  assert.deepEqual(warnings, [
    'Counts of metric "c_total" of r/1 are lost: its definition is missing',
  ]);
});

test("MetricsRegistry.merge() keeps the own bounds of a series", async () => {
  const registry = quiet({ maxSeries: 2 });
  const options = { help, labels: ["a"], buckets: [10, 20] } as const;
  registry.histogram("h", options).observe({ a: "main" }, 15);
  const worker = workerMetrics();
  const histogram = worker.histogram("h", options);
  const own = histogram.labels({ a: "own" }, { buckets: [1, 2] });
  for (const value of [1, 2, 3]) own.observe(value);
  for (const value of [1, 2, 3]) {
    histogram.labels({ a: "more" }, { buckets: [1, 2] }).observe(value);
  }
  registry.merge("r/1", posted(worker.takeDelta()));
  own.observe(2);
  histogram.observe({ a: "plain" }, 11);
  registry.merge("r/1", posted(worker.takeDelta()));
  assert.deepEqual(await linesOf(registry, "h_bucket"), [
    'h_bucket{a="main",le="10.0"} 0',
    'h_bucket{a="main",le="20.0"} 1',
    'h_bucket{a="main",le="+Inf"} 1',
    'h_bucket{a="own",le="1.0"} 1',
    'h_bucket{a="own",le="2.0"} 3',
    'h_bucket{a="own",le="+Inf"} 4',
    // Beyond maxSeries, series with other bounds are counted by their upper bounds.
    'h_bucket{a="other",le="1.0"} 1',
    'h_bucket{a="other",le="2.0"} 2',
    'h_bucket{a="other",le="+Inf"} 4',
  ]);
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
