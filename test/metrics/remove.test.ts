import assert from "node:assert/strict";
import { test } from "node:test";
import type { Metrics } from "../../src/metrics/metrics.ts";
import { type WorkerMetrics, workerMetrics } from "../../src/metrics/worker/worker-metrics.ts";
import { fakeTime, familiesOf, linesOf, quiet } from "./exposed.ts";

const help = "x";
const labels = ["a"] as const;

/** A use of a metric of each type, with the samples and the value that one use leads to. */
const TYPES = [
  {
    type: "counter",
    define: (metrics: Metrics) => metrics.counter("x_total", { help, labels }),
    use: (metrics: Metrics, a: string) =>
      metrics.counter("x_total", { help, labels }).inc({ a }, 2, { exemplar: { trace_id: a } }),
    lines: (a: string) => [`x_total{a="${a}"} 2`],
    value: 2,
    none: 0,
  },
  {
    type: "gauge",
    define: (metrics: Metrics) => metrics.gauge("x", { help, labels, aggregate: "sum" }),
    use: (metrics: Metrics, a: string) =>
      metrics.gauge("x", { help, labels, aggregate: "sum" }).inc({ a }, 2),
    lines: (a: string) => [`x{a="${a}"} 2`],
    value: 2,
    none: undefined,
  },
  {
    type: "histogram",
    define: (metrics: Metrics) => metrics.histogram("x", { help, labels, buckets: [1, 4] }),
    use: (metrics: Metrics, a: string) =>
      metrics
        .histogram("x", { help, labels, buckets: [1, 4] })
        .observe({ a }, 2, { exemplar: { trace_id: a } }),
    lines: (a: string) => [
      `x_bucket{a="${a}",le="1.0"} 0`,
      `x_bucket{a="${a}",le="4.0"} 1`,
      `x_bucket{a="${a}",le="+Inf"} 1`,
      `x_count{a="${a}"} 1`,
      `x_sum{a="${a}"} 2`,
    ],
    value: { count: 1, sum: 2 },
    none: { count: 0, sum: 0 },
  },
  {
    type: "summary",
    define: (metrics: Metrics) => metrics.summary("x", { help, labels }),
    use: (metrics: Metrics, a: string) => metrics.summary("x", { help, labels }).observe({ a }, 2),
    lines: (a: string) => [`x_count{a="${a}"} 1`, `x_sum{a="${a}"} 2`],
    value: { count: 1, sum: 2 },
    none: { count: 0, sum: 0 },
  },
] as const;

/** Reports the changes of a worker to the registry. */
function report(registry: ReturnType<typeof quiet>, worker: WorkerMetrics, index = 1): void {
  const delta = worker.takeDelta();
  if (delta !== undefined) registry.merge(`r/${index}`, structuredClone(delta));
}

for (const { type, define, use, lines, value, none } of TYPES) {
  test(`value() of a ${type} reads a series without creating it`, async () => {
    const registry = quiet();
    const metric = define(registry);
    assert.deepEqual(metric.value({ a: "1" }), none);
    assert.deepEqual(await linesOf(registry), []);
    use(registry, "1");
    assert.deepEqual(metric.value({ a: "1" }), value);
    assert.deepEqual(metric.labels({ a: 1 }).value(), value);
    assert.deepEqual(metric.value({ a: "2" }), none);
    assert.throws(() => metric.value({} as { a: string }), /with the labels \(none\): it has/);
  });

  test(`value() of a ${type} includes the reports of workers`, async () => {
    const registry = quiet();
    const [one, two] = [workerMetrics(), workerMetrics()];
    for (const worker of [one, two]) use(worker, "1");
    report(registry, one, 1);
    report(registry, two, 2);
    const sum = typeof value === "number" ? 4 : { count: 2, sum: 4 };
    assert.deepEqual(define(registry).value({ a: "1" }), sum);
    assert.deepEqual(define(one).value({ a: "1" }), value, "its own, also once reported");
    use(one, "1");
    assert.deepEqual(define(one).value({ a: "1" }), sum);
  });

  test(`remove() of a ${type} removes a series, which starts again at zero`, async () => {
    const registry = quiet();
    const metric = define(registry);
    const kept = metric.labels({ a: "1" });
    for (const a of ["1", "2"]) use(registry, a);
    metric.remove({ a: "1" });
    metric.remove({ a: "none" });
    assert.deepEqual(await linesOf(registry), lines("2"));
    assert.deepEqual(metric.value({ a: "1" }), none);
    assert.deepEqual(kept.value(), none);
    assert.deepEqual(await linesOf(registry), lines("2"), "reading has not created it");
    use(registry, "1");
    assert.deepEqual(await linesOf(registry), [...lines("2"), ...lines("1")]);
    assert.deepEqual(kept.value(), value, "a handle from before reads the new series");
    assert.throws(() => metric.remove({} as { a: string }), /with the labels \(none\): it has/);
  });

  test(`remove() of a ${type} makes room within maxSeries`, async () => {
    const registry = quiet({ maxSeries: 2 });
    const metric = define(registry);
    for (const a of ["1", "2", "3"]) use(registry, a);
    metric.remove({ a: "1" });
    use(registry, "4");
    const exposed = await linesOf(registry);
    for (const a of ["2", "other", "4"]) {
      for (const line of lines(a)) assert.ok(exposed.includes(line), `${line} in ${exposed}`);
    }
    assert.equal(exposed.length, 3 * lines("1").length);
  });

  test(`remove() of a ${type} in a worker reaches the main thread`, async () => {
    const registry = quiet();
    const worker = workerMetrics();
    for (const a of ["1", "2"]) use(worker, a);
    report(registry, worker);
    define(worker).remove({ a: "1" });
    report(registry, worker);
    assert.deepEqual(await linesOf(registry), lines("2"));
    for (const a of ["1", "2"]) define(worker).remove({ a });
    use(worker, "2");
    report(registry, worker);
    assert.deepEqual(await linesOf(registry), lines("2"), "removed, and counted anew");
  });

  test(`remove() of a ${type} in a worker reports a bounded number of removals, each once`, () => {
    const warnings: string[] = [];
    let announced = 0;
    const onChange = (): void => {
      announced += 1;
    };
    const worker = workerMetrics({ maxSeries: 5, onChange, warn: (text) => warnings.push(text) });
    for (let at = 0; at < 5; at += 1) use(worker, `known${at}`);
    assert.equal(worker.takeDelta()?.changes.length, 1);
    for (let at = 0; at < 100; at += 1) {
      use(worker, `${at % 50}`);
      define(worker).remove({ a: at % 50 });
    }
    for (let at = 0; at < 5; at += 1) define(worker).remove({ a: `known${at}` });
    const [change] = worker.takeDelta()?.changes ?? [];
    const removed = (change?.removed ?? []).map(([a]) => a);
    const known = ["known0", "known1", "known2", "known3", "known4"];
    const others = type === "gauge" ? [] : ["0", "1", "2", "3", "4"];
    assert.deepEqual(removed.sort(), [...others, ...known]);
    assert.equal(announced, 2);
    const bounded = `Metric "${change?.name}" has 5 series, its bound`;
    assert.ok(
      warnings.every((text) => text.startsWith(bounded)),
      `${warnings}`,
    );
    assert.equal(worker.takeDelta(), undefined);
  });

  test(`remove() of a ${type} in a worker that has no such series`, async () => {
    const registry = quiet();
    const [one, two] = [workerMetrics(), workerMetrics()];
    use(one, "1");
    report(registry, one, 1);
    define(two).remove({ a: "1" });
    report(registry, two, 2);
    assert.deepEqual(await linesOf(registry), type === "gauge" ? lines("1") : []);
  });

  test(`remove() of a ${type} on the main thread removes the counts of all workers`, async () => {
    const registry = quiet();
    const [one, two] = [workerMetrics(), workerMetrics()];
    for (const worker of [one, two]) use(worker, "1");
    report(registry, one, 1);
    report(registry, two, 2);
    define(registry).remove({ a: "1" });
    assert.deepEqual(await linesOf(registry), []);
    define(one).remove({ a: "1" });
    use(one, "1");
    report(registry, one, 1);
    assert.deepEqual(await linesOf(registry), lines("1"));
  });
}

test("remove() gives a returning series a new time of creation, and no old exemplars", async () => {
  const time = fakeTime(1_700_000_000_000);
  const registry = quiet({ now: time.now, dateNow: time.dateNow });
  const counter = registry.counter("x", { help, labels });
  const histogram = registry.histogram("y", { help, labels });
  const use = (exemplar?: Record<string, string>): void => {
    counter.inc({ a: "1" }, 1, exemplar && { exemplar });
    histogram.observe({ a: "1" }, 1, exemplar && { exemplar });
  };
  const created = async (): Promise<readonly (string | number | undefined)[]> => {
    const json = (await familiesOf(registry)).map((family) => JSON.stringify(family));
    return json.flatMap((family) => [
      /"createdTimestamp":"([^"]*)"/.exec(family)?.[1],
      family.split('"exemplar"').length - 1,
    ]);
  };
  use({ trace_id: "t" });
  assert.deepEqual(await created(), ["2023-11-14T22:13:20Z", 1, "2023-11-14T22:13:20Z", 1]);
  time.advance(5_000);
  counter.remove({ a: "1" });
  histogram.remove({ a: "1" });
  use();
  assert.deepEqual(await created(), ["2023-11-14T22:13:25Z", 0, "2023-11-14T22:13:25Z", 0]);
});

test("remove() of a gauge drops its function, and what it counts as in progress", async () => {
  const registry = quiet();
  const gauge = registry.gauge("x", { help, labels });
  const kept = gauge.labels({ a: "1" });
  let calls = 0;
  kept.setFunction(() => (calls += 1));
  assert.deepEqual(await linesOf(registry), ['x{a="1"} 1']);
  gauge.remove({ a: "1" });
  assert.deepEqual(await linesOf(registry), []);
  assert.equal(calls, 1);
  {
    using _ = kept.trackInProgress();
    assert.equal(gauge.value({ a: "1" }), 1);
    gauge.remove({ a: "1" });
    kept.set(5);
  }
  assert.equal(gauge.value({ a: "1" }), 5);
  kept.dec();
  kept.inc(2);
  assert.equal(gauge.value({ a: "1" }), 6);
});

test("remove() of a gauge in a worker removes the value of that worker alone", async () => {
  for (const [aggregate, both, rest] of [
    ["all", ['x{a="1"} 7', 'x{a="1",worker="r/1"} 1', 'x{a="1",worker="r/2"} 2'], 7],
    ["max", ['x{a="1"} 7'], 7],
    ["sum", ['x{a="1"} 10'], 9],
  ] as const) {
    const registry = quiet();
    const options = { help, labels, aggregate } as const;
    const main = registry.gauge("x", options);
    main.set({ a: "1" }, 7);
    const workers = [workerMetrics(), workerMetrics()];
    for (const [at, worker] of workers.entries()) {
      worker.gauge("x", options).set({ a: "1" }, at + 1);
      report(registry, worker, at + 1);
    }
    assert.deepEqual(await linesOf(registry), both);
    const [first] = workers;
    first?.gauge("x", options).remove({ a: "1" });
    if (first !== undefined) report(registry, first, 1);
    assert.equal(registry.value("x", { a: "1" }), rest);
    assert.equal(registry.value("x", { a: "1", worker: "r/1" }), undefined);
    assert.equal(main.value({ a: "1" }), rest);
  }
});

test("remove() during a scrape neither hides another series nor repeats one", async () => {
  const registry = quiet({ maxSeries: 10_000, pause: async () => remove() });
  const counter = registry.counter("x", { help, labels });
  for (let a = 0; a < 5_000; a += 1) counter.inc({ a });
  let removed = 0;
  const remove = (): void => {
    for (let count = 0; count < 100; count += 1, removed += 2) counter.remove({ a: removed });
  };
  const lines = await linesOf(registry);
  assert.equal(new Set(lines).size, lines.length);
  for (let a = 1; a < 5_000; a += 2) assert.ok(lines.includes(`x_total{a="${a}"} 1`), `${a}`);
});
