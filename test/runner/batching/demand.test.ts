import assert from "node:assert/strict";
import { test } from "node:test";
import { Demand, type Supply } from "../../../src/runner/batching/demand.ts";
import { line, NEVER } from "./policy-case.ts";

/** The time of the last calls of `steady()`. */
const END = 20_000;

/** A call of one unit each `gapMs` milliseconds for 20 s, which is long enough to be steady. */
function steady(gapMs: number, leftMs = NEVER, rows = 1, weight = 1): Demand {
  const demand = new Demand();
  const gaps = Math.floor((END - 1) / gapMs);
  for (let gap = gaps; gap >= 0; gap--) demand.add(rows, weight, leftMs, END - gap * gapMs);
  return demand;
}

/** One worker. A batch of n units takes n + 2 ms, and at most 4 units: up to 2/3 unit a ms. */
const SUPPLY: Supply = { latency: line(1, 2), workers: 1, maxUnits: 4 };
const MOST = 4 / 6;

/**
 * The measured rate of a unit each `gapMs` ms. Arrivals are counted over 100 ms and weigh less with
 * their age: the sum of e^(-k gap / 100) / 100 for k from 0.
 */
const rateOf = (gapMs: number): number => 0.01 / (1 - Math.exp(-gapMs / 100));

/** The exponent of the load in a price. */
const EXPONENT = 16;

const near = (value: number, expected: number, what: string, share = 0.01): void =>
  assert.ok(Math.abs(value - expected) <= share * Math.abs(expected), `${what}: ${value}`);

const FREE_CASES: readonly [what: string, demand: () => Demand, supply: Supply][] = [
  ["no calls", () => new Demand(), SUPPLY],
  ["one call", () => steady(20_000), SUPPLY],
  ["calls without rows", () => steady(1, 50, 0), SUPPLY],
  ["nothing known", () => steady(1, 50), { ...SUPPLY, latency: { ...line(1, 2), known: false } }],
  ["batches that take no time", () => steady(1, 50), { ...SUPPLY, latency: line(0, 0) }],
];
for (const [what, demand, supply] of FREE_CASES) {
  test(`Demand gives no price to the time of a worker with ${what}`, () => {
    assert.equal(demand().price(END, supply), 0);
  });
}

const PRICES: readonly {
  readonly what: string;
  readonly demand: Demand;
  readonly supply?: Partial<Supply>;
  readonly perMs: number;
}[] = [
  {
    what: "close to 0 at a sixth of the capacity",
    demand: steady(10), // 0.105 a ms
    perMs: MOST * (rateOf(10) / MOST) ** EXPONENT,
  },
  {
    what: "low at half of the capacity",
    demand: steady(3), // 0.338 a ms
    perMs: MOST * (rateOf(3) / MOST) ** EXPONENT,
  },
  {
    what: "the most that can be answered at the capacity",
    demand: steady(1.5),
    perMs: MOST,
  },
  { what: "no more than that above it", demand: steady(0.1), perMs: MOST },
  {
    what: "low for several workers that share the calls",
    demand: steady(1), // 1.005 a ms, 0.2513 for each worker
    supply: { workers: 4 },
    perMs: MOST * (rateOf(1) / 4 / MOST) ** EXPONENT,
  },
  {
    // n arrive in 0.498 n ms, and take n + 2 ms: 1.498 n + 2 = 6.
    what: "the best rate of batches that are answered in 6 ms, at three times the capacity",
    demand: steady(0.5, 6),
    perMs: 2.67 / 4.67,
  },
  {
    // A unit arrives each 4.88 ms. 4.88 n + n + 2 = 7 gives n = 0.85; two batches in a row, which
    // take 2 n + 4 = 7 ms, have 1.5.
    what: "by two batches in a row where calls come slowly",
    demand: steady(5, 7),
    perMs: (1.5 / 3.5) * (rateOf(5) / (1.5 / 3.5)) ** EXPONENT,
  },
  {
    // No batch is answered in 1 ms: it is the rate of the smallest.
    what: "the rate of one unit where nothing can be answered in time",
    demand: steady(0.5, 1),
    perMs: 1 / 3,
  },
  {
    // The same as one unit each ms: a row of 8 units each 8 ms. The limit is 32 units in 34 ms.
    what: "by the units of heavy rows",
    demand: steady(8, NEVER, 1, 8), // 1.04 a ms
    supply: { maxUnits: 32 },
    perMs: 32 / 34,
  },
  {
    // Two deviations of half a ms: 1.498 n + 2 + 1 = 6. The time that is spent is the mean.
    what: "with the usual deviation of batches",
    demand: steady(0.5, 6),
    supply: { latency: { ...line(1, 2), deviation: () => 0.5 } },
    perMs: 2 / 4,
  },
];
for (const { what, demand, supply = {}, perMs } of PRICES) {
  test(`Demand gives a price: ${what}`, () => {
    // Its 16th power multiplies the error of the rate.
    near(demand.price(END, { ...SUPPLY, ...supply }), perMs, "perMs", 0.2);
  });
}

/** The most units of a batch, of calls that come each so many ms and have so much time left. */
const LARGEST: readonly [
  what: string,
  gapMs: number,
  leftMs: number,
  largest: number,
  supply?: Partial<Supply>,
][] = [
  ["all that it may have, with ample time", 0.5, 100, 4],
  // n arrive in 0.498 n ms, and take n + 2 ms: 1.498 n + 2 = 6.
  ["what arrives and is computed in the time", 0.5, 6, 2.67],
  // A unit arrives each 4.88 ms: 4.88 n + n + 2 = 7 gives n = 0.85; 2 n + 4 = 7 gives 1.5.
  ["two batches in a row where calls come slowly", 5, 7, 1.5],
  ["one unit where nothing can be answered in time", 0.5, 1, 1],
  // Two deviations of half a ms: 1.498 n + 2 + 1 = 6.
  ["less by the deviation", 0.5, 6, 2, { latency: { ...line(1, 2), deviation: () => 0.5 } }],
  // The same rate for each of four workers, by its root: 2 x 0.12 n + n + 2 = 4.5.
  ["more of several workers", 0.125, 4.5, 2.01, { workers: 4 }],
  ["two in a row of several workers, which start apart", 5, 6, 2, { workers: 4 }], // 1.5 (n + 2)
];
for (const [what, gapMs, leftMs, largest, supply] of LARGEST) {
  test(`Demand gives the largest batch: ${what}`, () => {
    const found = new Demand().largest(leftMs, rateOf(gapMs), { ...SUPPLY, ...supply });
    assert.ok(Math.abs(found - largest) <= 2 * (4 / 256), `${found}`);
  });
}

test("Demand follows a change of the rate within a few hundred milliseconds", () => {
  const demand = steady(1.5);
  assert.equal(demand.price(END, SUPPLY), MOST);
  for (let now = 20_010; now <= 20_400; now += 10) demand.add(1, 1, NEVER, now);
  assert.ok(demand.price(20_400, SUPPLY) < 1e-6 * MOST);
});

test("Demand counts arrivals over three full batches where those are long", () => {
  const latency = line(100, 200); // 600 ms: arrivals are counted over 1,800 ms
  const supply = { ...SUPPLY, latency };
  const demand = new Demand();
  for (let now = 0; now < 100_000; now += 300) {
    demand.add(1, 1, NEVER, now);
    demand.price(now, supply);
  }
  const most = 4 / 600;
  const rate = 1 / 1_800 / (1 - Math.exp(-300 / 1_800)); // 0.00362
  near(demand.price(99_900, supply), most * (rate / most) ** EXPONENT, "perMs");
});

/** Calls, and the mean time between them. */
const INTERVALS: readonly [times: readonly number[], intervalMs: number | undefined][] = [
  [[], undefined],
  [[5], undefined],
  [[5, 15], 10],
  [[5, 15, 35], 11], // 10 + 0.1 (20 - 10)
  [[5, 15, 35, 35], 9.9], // 11 + 0.1 (0 - 11)
];
for (const [times, intervalMs] of INTERVALS) {
  test(`Demand has an interval of ${intervalMs} ms after calls at ${times.join(", ")}`, () => {
    const demand = new Demand();
    for (const now of times) demand.add(1, 1, 50, now);
    assert.equal(demand.intervalMs, intervalMs);
  });
}

test("Demand has the mean weight of calls, which follows them", () => {
  const demand = new Demand();
  assert.equal(demand.weight, 1);
  demand.add(1, 40, 50, 0);
  assert.equal(demand.weight, 40);
  demand.add(1, 20, 50, 1);
  assert.equal(demand.weight, 39); // 40 + 0.05 (20 - 40)
  for (let now = 2; now < 200; now++) demand.add(1, 20, 50, now);
  near(demand.weight, 20, "weight");
});

test("Demand gives the rate of the calls that have no more time than one", () => {
  const demand = new Demand();
  for (let now = 0; now <= END; now++) demand.add(1, 1, now % 5 === 0 ? 30 : 500, now);
  const rates: readonly [leftMs: number, perMs: number][] = [
    [1, 0],
    [29, 0.2],
    [30, 0.2],
    [150, 0.2],
    [480, 1],
    [NEVER, 1],
  ];
  for (const [leftMs, perMs] of rates) {
    const found = demand.unitsPerMs(leftMs, END);
    assert.ok(Math.abs(found - perMs) <= 0.03 * perMs, `${leftMs} ms: ${found}`);
  }
});
