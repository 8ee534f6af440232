import assert from "node:assert/strict";
import { test } from "node:test";
import { type Quantile, quantileOf } from "../../../src/page/charts/quantile.ts";

/** Returns buckets with bounds 1, 2, 4 and infinity, and so many observations in each. */
function buckets(...counts: number[]) {
  let count = 0;
  return ["1.0", "2.0", "4.0", "+Inf"].map((le, at) => {
    count += counts[at] ?? 0;
    return { labels: { le }, value: count };
  });
}

const cases: readonly (readonly [number[], number, Quantile | undefined])[] = [
  [[0, 0, 0, 0], 0.5, undefined],
  [[0, 4, 0, 0], 0.5, { value: 1.5 }],
  [[0, 4, 4, 0], 0.5, { value: 2 }],
  [[0, 2, 2, 0], 0.75, { value: 3 }],
  [[0, 0, 100, 0], 0.99, { value: 3.98 }],
  [[1, 1, 0, 0], 0.5, { value: 1, bound: "atMost" }],
  [[1, 0, 0, 3], 0.5, { value: 4, bound: "atLeast" }],
];

test("quantileOf() interpolates in a bucket, but not in the first and the last one", () => {
  for (const [counts, quantile, expected] of cases) {
    const found = quantileOf(buckets(...counts), quantile);
    assert.equal(found?.bound, expected?.bound, String(counts));
    const difference = (found?.value ?? 0) - (expected?.value ?? 0);
    assert.ok(Math.abs(difference) < 1e-9, `${counts}: ${found?.value}`);
  }
});

test("quantileOf() adds histograms up, in whatever order their buckets come", () => {
  const all = [...buckets(0, 2, 0, 0).reverse(), ...buckets(0, 0, 2, 0)];
  assert.deepEqual(quantileOf(all, 0.5), { value: 2 });
  assert.deepEqual(quantileOf(all, 0.75), { value: 3 });
});

test("quantileOf() knows nothing of no buckets, or of a single one", () => {
  assert.equal(quantileOf([], 0.5), undefined);
  assert.equal(quantileOf([{ labels: { le: "+Inf" }, value: 3 }], 0.5), undefined);
});

test("quantileOf() is at most what the mean allows in the first bucket", () => {
  const first = buckets(8, 2, 0, 0);
  for (const [quantile, mean, value] of [
    [0.5, 0.2, 0.4],
    [0.75, 0.2, 0.8],
    [0.8, 0.5, 1],
    [0.5, 0, 0],
  ] as const) {
    assert.deepEqual(quantileOf(first, quantile, mean), { value, bound: "atMost" });
  }
  assert.deepEqual(quantileOf(first, 0.9, 0.2), { value: 1.5 });
});
