import assert from "node:assert/strict";
import { test } from "node:test";
import { exponentialBuckets, exponentialBucketsCount, linearBuckets } from "ekiben";
import { DEFAULT_BUCKETS } from "../../../src/metrics/types/buckets.ts";
import { quiet, textOf } from "../exposed.ts";

test("exponentialBuckets() gives BentoML's bounds, without +Inf", () => {
  const cases = [
    [
      [0.005, 2, 10],
      [0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10],
    ],
    [
      [10, 2.5, 1000],
      [10, 25, 62.5, 156.25, 390.625, 976.5625, 1000],
    ],
    [
      [0.1, 2, 5],
      [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5],
    ],
    [
      [1, 2, 100],
      [1, 2, 4, 8, 16, 32, 64, 100],
    ],
    [
      [1, 2, 8],
      [1, 2, 4, 8],
    ],
    [
      [1, 10, 2],
      [1, 2],
    ],
  ] as const;
  for (const [[start, factor, end], bounds] of cases) {
    assert.deepEqual(exponentialBuckets(start, factor, end), bounds);
  }
  const [first, second, third] = exponentialBuckets(1, 1.5, 100);
  assert.deepEqual([first, second, third], [1, 1.5, 2.25]);
  assert.deepEqual(exponentialBuckets(1, 1.5, 100).slice(-2), [86.49755859375, 100]);
});

test("exponentialBuckets() and linearBuckets() return at most 100 bounds and the end", () => {
  const grown = exponentialBuckets(1, 1.1, 100_000);
  assert.equal(grown.length, 101);
  // The 100th: multiplied 99 times, unrounded.
  let bound = 1;
  for (let times = 0; times < 99; times += 1) bound *= 1.1;
  assert.deepEqual(grown.slice(-2), [bound, 100_000]);
  assert.deepEqual(linearBuckets(0, 1, 1000).slice(-2), [99, 1000]);
  assert.equal(exponentialBuckets(1, 1 + Number.EPSILON, 2).length, 101);
});

test("linearBuckets() ends at the end", () => {
  assert.deepEqual(linearBuckets(0, 5, 12), [0, 5, 10, 12]);
  assert.deepEqual(linearBuckets(-1, 0.5, 0.5), [-1, -0.5, 0, 0.5]);
});

test("exponentialBuckets() and linearBuckets() refuse wrong arguments", () => {
  const cases = [
    [() => exponentialBuckets(0, 2, 10), "exponentialBuckets(0, 2, 10): the start must be above 0"],
    [
      () => exponentialBuckets(1, 1, 10),
      "exponentialBuckets(1, 1, 10): the factor must be above 1",
    ],
    [
      () => exponentialBuckets(1, 2, 1),
      "exponentialBuckets(1, 2, 1): the start must be below the end",
    ],
    [
      () => exponentialBuckets(Number.NaN, 2, 1),
      "exponentialBuckets(NaN, 2, 1): the start must be above 0",
    ],
    [
      () => exponentialBuckets(1, 2, Number.POSITIVE_INFINITY),
      "exponentialBuckets(1, 2, Infinity): the start and the end must be finite",
    ],
    [() => linearBuckets(1, 0, 10), "linearBuckets(1, 0, 10): the step must be above 0"],
    [() => linearBuckets(2, 1, 1), "linearBuckets(2, 1, 1): the start must be below the end"],
    [
      () => linearBuckets(1e20, 1, 2e20),
      "linearBuckets(100000000000000000000, 1, 200000000000000000000): " +
        "the second bound is the first again",
    ],
  ] as const;
  for (const [make, message] of cases) assert.throws(make, { name: "RangeError", message });
});

test("Histogram has BentoML's buckets by default, and completes the list with +Inf", async () => {
  const registry = quiet();
  registry.histogram("x", { help: "x" });
  const text = await textOf(registry);
  const bounds = [...text.matchAll(/le="([^"]+)"/g)].map(([, bound]) => bound);
  assert.deepEqual(
    bounds,
    "0.005 0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1.0 2.5 5.0 7.5 10.0 +Inf".split(" "),
  );
  assert.equal(DEFAULT_BUCKETS.length, 14);
});

test("Histogram refuses buckets that are not ascending bounds", () => {
  const prefix = 'Cannot give histogram "x" the buckets';
  const cases = [
    [[], `${prefix} []: there must be at least one besides +Inf`],
    [[Number.POSITIVE_INFINITY], `${prefix} [Infinity]: there must be at least one besides +Inf`],
    [[1, 1], `${prefix} [1,1]: they must ascend, but 1 follows 1`],
    [[1, 3, 2], `${prefix} [1,3,2]: they must ascend, but 2 follows 3`],
    [[1, Number.NaN], `${prefix} [1,NaN]: they must be finite; only the last one may be +Inf`],
    [
      [Number.NEGATIVE_INFINITY, 1],
      `${prefix} [-Infinity,1]: they must be finite; only the last one may be +Inf`,
    ],
  ] as const;
  for (const [buckets, message] of cases) {
    const make = () => quiet().histogram("x", { help: "x", buckets });
    assert.throws(make, { name: "RangeError", message });
  }
  const wrong = ["1"] as unknown as number[];
  assert.throws(() => quiet().histogram("x", { help: "x", buckets: wrong }), TypeError);
  // +Inf is allowed as the last.
  quiet().histogram("x", { help: "x", buckets: [1, Number.POSITIVE_INFINITY] });
});

const counted: readonly (readonly [args: readonly [number, number, number], expected: unknown])[] =
  [
    [
      [1, 2, 5],
      [1, 2, 4, 8, 16],
    ],
    [
      [0.1, 3, 3],
      [0.1, 0.1 * 3, 0.1 * 3 * 3],
    ],
    [[5, 1.5, 1], [5]],
    [[0, 2, 5], /the start must be above 0$/],
    [[1, 1, 5], /the factor must be above 1$/],
    [[1, 2, 0], /the count must be a whole number from 1 to 1000$/],
    [[1, 2, 1.5], /the count must be a whole number from 1 to 1000$/],
    [[1, 1.001, 1001], /the count must be a whole number from 1 to 1000$/],
    [[1, 1e200, 3], /the last bound would be infinite$/],
    [[1, 1 + Number.EPSILON / 4, 3], /the factor must be above 1$/],
    [[Number.MIN_VALUE, 1.2, 3], /the second bound is the first again$/],
  ];
for (const [args, expected] of counted) {
  test(`exponentialBucketsCount(${args.join(", ")})`, () => {
    if (expected instanceof RegExp) {
      assert.throws(() => exponentialBucketsCount(...args), {
        name: "RangeError",
        message: expected,
      });
    } else assert.deepEqual(exponentialBucketsCount(...args), expected);
  });
}

test("exponentialBucketsCount() returns what prom-client's exponentialBuckets() does", async () => {
  const { default: client } = await import("prom-client");
  for (const args of [
    [0.005, 2, 12],
    [0.001, 1.5, 30],
    [3, 10, 4],
  ] satisfies [number, number, number][]) {
    assert.deepEqual(exponentialBucketsCount(...args), client.exponentialBuckets(...args));
  }
});
