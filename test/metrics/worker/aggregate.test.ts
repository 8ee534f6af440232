import assert from "node:assert/strict";
import { test } from "node:test";
import { AGGREGATES, type Aggregate } from "../../../src/metrics/worker/aggregate.ts";
import { type WorkerMetrics, workerMetrics } from "../../../src/metrics/worker/worker-metrics.ts";
import { fakeTime, linesOf, quiet } from "../exposed.ts";

const help = "x";

/** Two workers and the main thread set a gauge: 3, then 8, then 5. */
function scene(aggregate: Aggregate) {
  const time = fakeTime();
  const registry = quiet(time);
  const start = (value: number) => {
    const worker = workerMetrics(time);
    const gauge = worker.gauge("g", { help, labels: ["a"], aggregate });
    time.advance(1);
    gauge.set({ a: "x" }, value);
    return { worker, gauge };
  };
  const tell = (source: string, worker: WorkerMetrics): void => {
    const delta = worker.takeDelta();
    assert.ok(delta !== undefined);
    registry.merge(source, structuredClone(delta));
  };
  const one = start(3);
  const two = start(8);
  time.advance(1);
  const main = registry.gauge("g", { help, labels: ["a"], aggregate });
  main.set({ a: "x" }, 5);
  tell("r/2", two.worker);
  tell("r/1", one.worker);
  return { registry, main, one, two, start, tell, time };
}

const PER_WORKER = ['g{a="x"} 5', 'g{a="x",worker="r/2"} 8', 'g{a="x",worker="r/1"} 3'];
const both: Readonly<Record<Aggregate, readonly string[]>> = {
  all: PER_WORKER,
  liveall: PER_WORKER,
  sum: ['g{a="x"} 16'],
  livesum: ['g{a="x"} 16'],
  min: ['g{a="x"} 3'],
  livemin: ['g{a="x"} 3'],
  max: ['g{a="x"} 8'],
  livemax: ['g{a="x"} 8'],
  mostrecent: ['g{a="x"} 5'],
  livemostrecent: ['g{a="x"} 5'],
};
/** After the end of the second worker, whose value was 8. */
const forgotten: Readonly<Record<Aggregate, readonly string[]>> = {
  ...both,
  liveall: ['g{a="x"} 5', 'g{a="x",worker="r/1"} 3'],
  livesum: ['g{a="x"} 8'],
  livemax: ['g{a="x"} 5'],
};

for (const aggregate of AGGREGATES) {
  test(`Gauge with aggregate ${aggregate} combines workers`, async () => {
    const { registry } = scene(aggregate);
    assert.deepEqual(await linesOf(registry), both[aggregate]);
    registry.forget("r/2");
    assert.deepEqual(await linesOf(registry), forgotten[aggregate]);
    registry.forget("r/7");
    assert.deepEqual(await linesOf(registry), forgotten[aggregate]);
  });
}

test("Gauge keeps the value of an ended worker until its replacement reports", async () => {
  const { registry, start, tell } = scene("sum");
  registry.forget("r/2");
  assert.deepEqual(await linesOf(registry), ['g{a="x"} 16']);
  const { worker, gauge } = start(1);
  gauge.set({ a: "y" }, 100);
  tell("r/2", worker);
  assert.deepEqual(await linesOf(registry), ['g{a="x"} 9', 'g{a="y"} 100']);
  registry.forget("r/2");
  const next = start(0);
  tell("r/2", next.worker);
  // The series that only the ended worker had is removed.
  assert.deepEqual(await linesOf(registry), ['g{a="x"} 8']);
});

test("Gauge exposes the value that was set last, in any order of reports", async () => {
  const { registry, one, two, main, tell, time } = scene("mostrecent");
  time.advance(1);
  two.gauge.set({ a: "x" }, 80);
  time.advance(1);
  one.gauge.set({ a: "x" }, 30);
  tell("r/1", one.worker);
  tell("r/2", two.worker);
  assert.deepEqual(await linesOf(registry), ['g{a="x"} 30']);
  time.advance(1);
  main.set({ a: "x" }, 50);
  assert.deepEqual(await linesOf(registry), ['g{a="x"} 50']);
});

test("Gauge that only workers use has no series of the main thread", async () => {
  for (const [aggregate, line] of [
    ["all", 'g{worker="r/1"} 4'],
    ["min", "g 4"],
  ] as const) {
    const registry = quiet();
    const worker = workerMetrics();
    worker.gauge("g", { help, aggregate }).set(4);
    const delta = worker.takeDelta();
    assert.ok(delta !== undefined);
    registry.merge("r/1", delta);
    assert.deepEqual(await linesOf(registry), [line]);
    registry.gauge("g", { help, aggregate });
    assert.deepEqual(
      await linesOf(registry),
      aggregate === "all" ? ["g 0", 'g{worker="r/1"} 4'] : ["g 0"],
    );
  }
});

test("Gauge labels each value with its runner and worker", async () => {
  const registry = quiet();
  const report = (source: string, value: number): void => {
    const worker = workerMetrics();
    worker.gauge("g", { help }).set(value);
    registry.merge(source, worker.takeDelta() ?? assert.fail());
  };
  const lines: string[] = [];
  for (const [at, source] of ["digits/1", "digits/2", "letters/1", "lonely"].entries()) {
    report(source, at);
    lines.push(`g{worker="${source}"} ${at}`);
    assert.deepEqual(await linesOf(registry), lines);
  }
});

/** Beyond two series, of 100 and 200, one worker reports 3, then 8; another 4. */
const beyond: Readonly<Record<Aggregate, readonly string[]>> = {
  all: ['{a="other",worker="r/1"} 11', '{a="other",worker="r/2"} 4'],
  liveall: ['{a="other",worker="r/1"} 11', '{a="other",worker="r/2"} 4'],
  sum: ['{a="other"} 15'],
  livesum: ['{a="other"} 15'],
  min: ['{a="other"} 3'],
  livemin: ['{a="other"} 3'],
  max: ['{a="other"} 8'],
  livemax: ['{a="other"} 8'],
  mostrecent: ['{a="other"} 4'],
  livemostrecent: ['{a="other"} 4'],
};

for (const aggregate of AGGREGATES) {
  test(`Gauge with aggregate ${aggregate} combines the series beyond its bound`, async () => {
    const time = fakeTime();
    const registry = quiet({ ...time, maxSeries: 2 });
    const options = { help, labels: ["a"], aggregate } as const;
    const main = registry.gauge("g", options);
    main.set({ a: "one" }, 100);
    main.set({ a: "two" }, 200);
    const workers = [workerMetrics(time), workerMetrics(time)] as const;
    const [one, two] = workers.map((worker) => worker.gauge("g", options));
    for (const [gauge, a, value] of [
      [one, "x", 3],
      [one, "y", 7],
      [one, "y", 8],
      [two, "x", 4],
    ] as const) {
      time.advance(1);
      gauge?.set({ a }, value);
    }
    for (const [at, worker] of workers.entries()) {
      registry.merge(`r/${at + 1}`, worker.takeDelta() ?? assert.fail());
    }
    const own = ['g{a="one"} 100', 'g{a="two"} 200'];
    assert.deepEqual(await linesOf(registry), [...own, ...beyond[aggregate].map((l) => `g${l}`)]);
    registry.forget("r/1");
    registry.forget("r/2");
    const kept = aggregate.startsWith("live") ? [] : beyond[aggregate].map((l) => `g${l}`);
    assert.deepEqual(await linesOf(registry), [...own, ...kept]);
  });
}

test("Gauge adds up the series of one thread beyond its bound, and bounds those too", async () => {
  const registry = quiet({ maxSeries: 2 });
  const gauge = registry.gauge("g", { help, labels: ["a"], aggregate: "sum" });
  for (const [at, a] of ["one", "two", "x", "y"].entries()) gauge.set({ a }, 10 ** at);
  gauge.inc({ a: "x" }, 5);
  const own = ['g{a="one"} 1', 'g{a="two"} 10'];
  assert.deepEqual(await linesOf(registry), [...own, 'g{a="other"} 1105']);
  for (let at = 2; at < 10_000; at++) gauge.set({ a: at }, 1);
  assert.deepEqual(await linesOf(registry), [...own, 'g{a="other"} 11103']);
  // From here on, all share one value.
  gauge.set({ a: "z" }, 100_000);
  gauge.set({ a: "last" }, 200_000);
  assert.deepEqual(await linesOf(registry), [...own, 'g{a="other"} 211103']);
});

test("Gauge keeps the label value `other` apart while there is room", async () => {
  const registry = quiet({ maxSeries: 1 });
  const gauge = registry.gauge("g", { help, labels: ["a"], aggregate: "sum" });
  gauge.set({ a: "other" }, 1);
  assert.deepEqual(await linesOf(registry), ['g{a="other"} 1']);
  gauge.set({ a: "x" }, 2);
  assert.deepEqual(await linesOf(registry), ['g{a="other"} 3']);
});

test("Gauge has no value if a worker's function fails", async () => {
  const registry = quiet();
  const worker = workerMetrics();
  let broken = false;
  worker.gauge("g", { help, aggregate: "sum" }).setFunction(() => {
    if (broken) throw new Error("no");
    return 2;
  });
  registry.merge("r/1", worker.takeDelta() ?? assert.fail());
  assert.deepEqual(await linesOf(registry), ["g 2"]);
  broken = true;
  registry.merge("r/1", worker.takeDelta() ?? assert.fail());
  assert.deepEqual(await linesOf(registry), []);
});

test("Gauge takes the result of a function as set when it is read", async () => {
  const { registry, main, time } = scene("mostrecent");
  time.advance(1);
  main.setFunction({ a: "x" }, () => 6);
  assert.deepEqual(await linesOf(registry), ['g{a="x"} 6']);
  const worker = workerMetrics(time);
  time.advance(1);
  const gauge = worker.gauge("g", { help, labels: ["a"], aggregate: "mostrecent" });
  gauge.setFunction({ a: "y" }, () => 7);
  const [change] = worker.takeDelta()?.changes ?? [];
  assert.deepEqual(change?.series, [{ labels: ["y"], value: 7, setAtMs: time.dateNow() }]);
});
