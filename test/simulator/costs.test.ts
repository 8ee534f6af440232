import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../src/random.ts";
import {
  type Cost,
  convex,
  flat,
  linear,
  measured,
  padded,
  spreadSampler,
  steps,
} from "../../src/simulator/cost.ts";
import { type Distribution, sampler } from "../../src/simulator/distribution.ts";
import { Pauses } from "../../src/simulator/pauses.ts";
import { percentiles } from "../../src/simulator/report.ts";

const table = measured([
  [2, 10],
  [4, 14],
  [8, 30],
]);
const costs: readonly [string, Cost, rows: number, heaviest: number, ms: number][] = [
  ["a line", linear({ a: 2, b: 5 }), 10, 1, 25],
  ["a line in units", linear({ a: 2, b: 5 }), 10, 3, 65],
  ["a flat cost", flat({ b: 7 }), 100, 9, 7],
  ["a convex cost before its bend", convex({ a: 1, b: 2, from: 8, growth: 1 }), 8, 1, 10],
  ["a convex cost after its bend", convex({ a: 1, b: 2, from: 8, growth: 1 }), 16, 1, 34],
  ["steps at their end", steps({ a: 1, b: 3, multiple: 8 }), 8, 1, 11],
  ["steps after it", steps({ a: 1, b: 3, multiple: 8 }), 9, 1, 19],
  ["padding", padded({ a: 1, b: 1, c: 0.5 }), 2, 4, 1 + 8 + 16],
  ["a table below its first size", table, 1, 1, 10],
  ["a table between two sizes", table, 3, 1, 12],
  ["a table at a size", table, 4, 1, 14],
  ["a table after its last size", table, 10, 1, 38],
  ["a table of one size", measured([[4, 9]]), 8, 1, 9],
];
for (const [what, cost, rows, heaviest, ms] of costs) {
  test(`the cost of a batch: ${what}`, () => assert.equal(cost(rows, heaviest), ms));
}

const distributions: readonly [Distribution, least: number, median: number, most: number][] = [
  [7, 7, 7, 7],
  [{ uniform: [10, 20] }, 10, 15, 20],
  [{ lognormal: [15, 0.5], most: 40 }, 1, 15, 40],
  [
    {
      quantiles: [
        [0, 4],
        [0.5, 15],
        [1, 210],
      ],
    },
    4,
    15,
    210,
  ],
  [
    {
      choices: [
        [1, 1],
        [5, 7],
        [9, 1],
      ],
    },
    1,
    5,
    9,
  ],
  [{ values: [3, 4, 5] }, 3, 4, 5],
];
for (const [distribution, least, median, most] of distributions) {
  test(`sampler() draws ${JSON.stringify(distribution)}`, () => {
    const draw = sampler(distribution, seededRandom(1));
    const drawn = Array.from({ length: 4_000 }, draw);
    const { p50, max } = percentiles(drawn);
    assert.ok(Math.abs(p50 / median - 1) < 0.08, `median ${p50}`);
    assert.ok(Math.min(...drawn) >= least && max <= most, `${Math.min(...drawn)} to ${max}`);
    assert.deepEqual(Array.from({ length: 9 }, sampler(distribution, seededRandom(1))), [
      ...drawn.slice(0, 9),
    ]);
  });
}

test("spreadSampler() has a median of 1 and the deviation, or measured factors", () => {
  const draw = spreadSampler(0.1, seededRandom(2));
  const logs = Array.from({ length: 4_000 }, () => Math.log(draw()));
  const deviation = Math.sqrt(logs.reduce((sum, log) => sum + log * log, 0) / logs.length);
  assert.ok(Math.abs(deviation - 0.1) < 0.01, `${deviation}`);
  assert.equal(spreadSampler(0, seededRandom(1))(), 1);
  const factors = new Set(
    Array.from({ length: 50 }, spreadSampler({ factors: [0.5, 2] }, seededRandom(1))),
  );
  assert.deepEqual([...factors].sort(), [0.5, 2]);
});

const paused: readonly [what: string, at: number, ms: number, end: number][] = [
  ["before all pauses", 0, 50, 50],
  ["to the begin of a pause", 50, 50, 100],
  ["over a pause", 50, 60, 140],
  ["from within a pause", 110, 5, 135],
  ["of no length in a pause", 110, 0, 130],
  ["of no length at its begin", 100, 0, 130],
  ["over two pauses", 90, 100, 230],
  ["after a pause", 130, 10, 140],
];
for (const [what, at, ms, end] of paused) {
  test(`Pauses lets work ${what} end at ${end}`, () => {
    const pauses = new Pauses([
      { atMs: 190, ms: 10 },
      { atMs: 90, ms: 30 },
    ]);
    assert.equal(pauses.end(at, ms), at + ms, "before the load");
    pauses.startedAt = 10;
    assert.equal(pauses.end(at, ms), end);
  });
}
