import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../src/random.ts";
import type { BatchOptions } from "../../src/runner/batching/batch-options.ts";
import {
  adaptive,
  fixedWindow,
  off,
  targetLatency,
} from "../../src/runner/batching/batch-options.ts";
import { poisson, trace, uniform } from "../../src/simulator/arrivals.ts";
import { linear } from "../../src/simulator/cost.ts";
import type { Distribution } from "../../src/simulator/distribution.ts";
import { type BatchesReport, type CallsReport, percentiles } from "../../src/simulator/report.ts";
import { NO_COSTS, simulate } from "../../src/simulator/simulate.ts";

/** A load of one group on one method, without other costs. */
interface Load {
  readonly arrivals: Iterable<number>;
  readonly cost: { readonly a: number; readonly b: number };
  readonly workers: number;
  readonly rows?: Distribution;
  readonly batch?: BatchOptions;
  readonly hopMs?: number;
}

interface Found extends CallsReport {
  readonly seconds: number;
  readonly batches: BatchesReport;
}

async function run({ arrivals, cost, rows, hopMs = 0, ...others }: Load): Promise<Found> {
  const { seconds, total, methods } = await simulate({
    methods: { only: { cost: linear(cost) } },
    groups: [{ arrivals, ...(rows !== undefined && { rows }) }],
    costs: { ...NO_COSTS, hopMs },
    ...others,
  });
  const { only } = methods;
  assert.ok(only !== undefined);
  return { seconds, batches: only, ...total };
}

function assertNear(actual: number, expected: number, share: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= share * expected, `${what}: ${actual}, not ${expected}`);
}

/** Loads whose outcome is known to the last digit but for rounding. */
const exact: readonly {
  readonly what: string;
  readonly given: Load;
  readonly max: number;
  readonly p50: number;
  /** Batches by their rows. */
  readonly sizes: Readonly<Record<number, number>>;
}[] = [
  {
    what: "takes a + b where every call finds an idle worker",
    given: {
      arrivals: uniform(100, 1_000),
      cost: { a: 2, b: 5 },
      workers: 1,
      batch: { strategy: off() },
    },
    p50: 7,
    max: 7,
    sizes: { 1: 100 },
  },
  {
    what: "takes a for each row of a call",
    given: { arrivals: uniform(10, 1_000), cost: { a: 2, b: 5 }, workers: 1, rows: 4 },
    p50: 13,
    max: 13,
    sizes: { 4: 10 },
  },
  {
    what: "holds a window open, with all that comes in it",
    given: {
      arrivals: uniform(1_000, 100),
      cost: { a: 0, b: 1 },
      workers: 1,
      batch: { strategy: fixedWindow({ waitMs: 10 }) },
    },
    p50: 6,
    max: 11,
    sizes: { 10: 10 },
  },
  {
    what: "lets calls of one moment wait for each other where batching is off",
    given: {
      arrivals: [0, 0, 0, 0],
      cost: { a: 1, b: 2 },
      workers: 2,
      batch: { strategy: off() },
    },
    p50: 3,
    max: 6,
    sizes: { 1: 4 },
  },
  {
    what: "joins what comes while the worker is busy",
    given: { arrivals: [0, 1, 2, 3], cost: { a: 1, b: 9 }, workers: 1 },
    p50: 19,
    max: 21,
    sizes: { 1: 1, 3: 1 },
  },
  {
    what: "adds the way to the thread and back",
    given: { arrivals: uniform(100, 1_000), cost: { a: 2, b: 5 }, workers: 1, hopMs: 0.25 },
    p50: 7.5,
    max: 7.5,
    sizes: { 1: 100 },
  },
  {
    what: "sends full batches ahead, so that a busy worker does not wait for the way",
    given: {
      arrivals: new Array<number>(10).fill(0),
      cost: { a: 0, b: 1 },
      hopMs: 0.5,
      workers: 1,
      batch: { maxBatchSize: 1 },
    },
    p50: 6,
    max: 11,
    sizes: { 1: 10 },
  },
  {
    what: "splits a call of more rows than a batch holds",
    given: {
      arrivals: [0],
      cost: { a: 0, b: 10 },
      workers: 2,
      rows: 10,
      batch: { maxBatchSize: 4 },
    },
    p50: 20,
    max: 20,
    sizes: { 2: 1, 4: 2 },
  },
];
for (const { what, given, p50, max, sizes } of exact) {
  test(`simulate() ${what}`, async () => {
    const { latencyMs, batches } = await run(given);
    assertNear(latencyMs.p50, p50, 1e-9, "p50");
    assertNear(latencyMs.max, max, 1e-9, "max");
    const found = batches.sizes.map(({ rows, batches: times }) => [rows, times]);
    assert.deepEqual(Object.fromEntries(found), sizes);
  });
}

// An M/D/1 queue: at utilization u, calls of s ms wait u * s / (2 * (1 - u)) ms on average
// (Pollaczek and Khinchine).
for (const utilization of [0.2, 0.5, 0.7]) {
  test(`simulate() waits as M/D/1 does at ${100 * utilization} %, within 10 %`, async () => {
    const { latencyMs, throughput } = await run({
      arrivals: poisson(100 * utilization, 400_000, seededRandom(1)),
      cost: { a: 4, b: 6 },
      workers: 1,
      batch: { strategy: off() },
    });
    const waitMs = (utilization * 10) / (2 * (1 - utilization));
    assertNear(latencyMs.mean - 10, waitMs, 0.1, "mean wait");
    assertNear(throughput, 100 * utilization, 0.05, "throughput");
  });
}

const strategies = [
  adaptive(),
  fixedWindow({ waitMs: 10 }),
  targetLatency({ latencyMs: 20 }),
  off(),
] as const;
for (const strategy of strategies) {
  for (const load of [0.3, 1, 3]) {
    test(`simulate() accounts for every call: ${strategy.name} at ${load} x capacity`, async () => {
      const { calls, answered, refused, failed, inTime, refusedShare, batches } = await run({
        arrivals: poisson(load * 500, 4_000, seededRandom(2)),
        cost: { a: 1.5, b: 5 },
        workers: 1,
        batch: { maxBatchSize: 10, maxLatencyMs: 100, strategy },
      });
      const expected = [...poisson(load * 500, 4_000, seededRandom(2))].length;
      assert.equal(calls, expected);
      assert.equal(answered + refused + failed, expected);
      assert.equal(failed, 0);
      assert.equal(refusedShare, refused / expected);
      assert.ok(inTime <= answered);
      const rows = batches.sizes.reduce((sum, size) => sum + size.rows * size.batches, 0);
      assert.equal(rows, answered);
      const reasons = Object.values(batches.reasons).reduce((sum, times) => sum + times, 0);
      assert.equal(reasons, batches.count);
      if (load === 3) assert.ok(refusedShare > 0.5, `${refusedShare} was refused`);
    });
  }
}

test("simulate() keeps the goodput of its best at three times the capacity", async () => {
  const { goodput, answered, inTime } = await run({
    arrivals: poisson(1_500, 10_000, seededRandom(3)),
    cost: { a: 1.5, b: 5 },
    workers: 1,
    batch: { maxBatchSize: 10, maxLatencyMs: 200 },
  });
  assert.ok(goodput >= 0.9 * 500, `${goodput} of 500 a second`);
  assertNear(inTime, answered, 0.01, "in time");
});

test("simulate() gives the same report for the same seed, and another for another", async () => {
  const of = (seed: number): Promise<Found> =>
    run({
      arrivals: poisson(900, 1_000, seededRandom(seed)),
      cost: { a: 0.5, b: 5 },
      workers: 2,
    });
  const first = await of(1);
  assert.deepEqual(await of(1), first);
  assert.notDeepEqual(await of(2), first);
});

test("simulate() of no calls reports zeros", async () => {
  const { calls, throughput, refusedShare, latencyMs, batches } = await run({
    arrivals: [],
    cost: { a: 1, b: 1 },
    workers: 1,
  });
  assert.deepEqual(
    [calls, throughput, refusedShare, latencyMs.max, batches.count],
    [0, 0, 0, 0, 0],
  );
});

test("simulate() refuses invalid settings", async () => {
  const load = { arrivals: [0], cost: { a: 1, b: 1 }, workers: 1 };
  for (const wrong of [{ workers: 0 }, { batch: { maxBatchSize: 0 } }]) {
    await assert.rejects(run({ ...load, ...wrong }), RangeError);
  }
});

test("percentiles() takes the nearest rank", () => {
  const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);
  assert.deepEqual(percentiles(hundred), { p50: 50, p90: 90, p99: 99, max: 100, mean: 50.5 });
  assert.deepEqual(percentiles([7]), { p50: 7, p90: 7, p99: 7, max: 7, mean: 7 });
});

test("poisson() has exponential intervals; uniform() and trace() keep theirs", () => {
  const moments = [...poisson(1_000, 20_000, seededRandom(5))];
  const distances = moments.map((moment, at) => moment - (moments[at - 1] ?? 0));
  const { mean, p50 } = percentiles(distances);
  assertNear(mean, 1, 0.03, "mean");
  assertNear(p50, Math.LN2, 0.03, "median");
  assert.deepEqual([...uniform(250, 20)], [0, 4, 8, 12, 16]);
  assert.deepEqual([...trace([1_030, 1_000, 1_010], 30)], [0, 10]);
});
