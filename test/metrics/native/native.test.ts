import assert from "node:assert/strict";
import { test } from "node:test";
import { NativeBuckets, ZERO_THRESHOLD } from "../../../src/metrics/native/native-buckets.ts";
import { bucketIndex, widerIndex } from "../../../src/metrics/native/native-index.ts";
import type { MetricsRegistry } from "../../../src/metrics/registry.ts";
import { workerMetrics } from "../../../src/metrics/worker/worker-metrics.ts";
import { seeded } from "../../support/random.ts";
import { bodyOf, quiet, textOf } from "../exposed.ts";

/** Returns the next larger number. */
function above(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigUint64(0, view.getBigUint64(0) + 1n);
  return view.getFloat64(0);
}

test("bucketIndex() ends a bucket at each power of two, at every schema", () => {
  for (let schema = -4; schema <= 8; schema += 1) {
    for (let power = -126; power < 1024; power += 1) {
      // Bucket i covers (base^(i-1), base^i], and base = 2^(2^-schema).
      // (adding 0 makes -0 a 0.)
      const index = Math.ceil(power * 2 ** schema) + 0;
      const next = Math.floor(power * 2 ** schema) + 1;
      const value = 2 ** power;
      assert.equal(bucketIndex(value, schema), index, `2^${power} at ${schema}`);
      assert.equal(bucketIndex(above(value), schema), next, `above 2^${power} at ${schema}`);
    }
  }
});

test("bucketIndex() finds bounds that are not powers of two", () => {
  // The largest numbers that are at most 2^(j/8) for j = 1 to 7, which begin with
  // 1.09050773266525765920, 1.18920711500272106671, 1.29683955465100966593, 1.41421356237309504880,
  // 1.54221082540794082361, 1.68179283050742908606, 1.83400808640934246348.
  const bounds = [
    1.0905077326652575, 1.189207115002721, 1.2968395546510096,
    // biome-ignore lint/suspicious/noApproximativeNumericConstant: Math.SQRT2 is above the bound
    1.414213562373095, 1.5422108254079407, 1.681792830507429, 1.8340080864093424,
  ];
  for (const [at, bound] of bounds.entries()) {
    for (const power of [-100, -1, 0, 1, 1000]) {
      const index = at + 1 + 8 * power;
      assert.equal(bucketIndex(bound * 2 ** power, 3), index, `${bound} * 2^${power}`);
      assert.equal(bucketIndex(above(bound * 2 ** power), 3), index + 1);
    }
  }
  const cases = [
    [1, 3, 0],
    [2, 3, 8],
    [3, 3, 13],
    [0.5, 3, -8],
    [0.3, 0, -1],
    [3, 0, 2],
    [Math.SQRT2, 1, 2],
    [100, -4, 1],
    [65_536, -4, 1],
    [65_537, -4, 2],
    [Number.MAX_VALUE, 3, 8192],
    [Number.POSITIVE_INFINITY, 3, 8193],
    [Number.MAX_VALUE, -4, 64],
    [Number.POSITIVE_INFINITY, -4, 65],
  ] as const;
  for (const [value, schema, index] of cases) {
    assert.equal(bucketIndex(value, schema), index, `${value} at ${schema}`);
  }
});

test("widerIndex() returns the index at the next coarser schema", () => {
  seeded(({ next: random }) => {
    for (let round = 0; round < 5000; round += 1) {
      const value = 2 ** (random() * 1000 - 120);
      for (let schema = 8; schema > -4; schema -= 1) {
        const wider = widerIndex(bucketIndex(value, schema));
        assert.equal(wider, bucketIndex(value, schema - 1), `${value} at ${schema}`);
      }
    }
  });
});

test("NativeBuckets counts positive, negative and almost zero values apart", () => {
  const buckets = new NativeBuckets({ schema: 0, maxBuckets: 10 });
  const values = [0, -0, ZERO_THRESHOLD, -ZERO_THRESHOLD, Number.MIN_VALUE];
  for (const value of [...values, 1, 2, 2, 3, -4]) buckets.add(value);
  buckets.add(2 * ZERO_THRESHOLD);
  assert.deepEqual(buckets.counts(), {
    schema: 0,
    zeroCount: 5,
    positive: [
      [-127, 1],
      [0, 1],
      [1, 2],
      [2, 1],
    ],
    negative: [[2, 1]],
  });
});

test("NativeBuckets halves its resolution until it has few enough buckets", () => {
  const buckets = new NativeBuckets({ schema: 3, maxBuckets: 4 });
  for (const value of [1, 1.1, 1.2, 1.3]) buckets.add(value);
  assert.equal(buckets.counts().schema, 3);
  buckets.add(1.5);
  assert.deepEqual(buckets.counts(), {
    schema: 2,
    zeroCount: 0,
    // (2^-1/4, 1], (1, 2^1/4], (2^1/4, 2^1/2], (2^1/2, 2^3/4]
    positive: [
      [0, 1],
      [1, 1],
      [2, 2],
      [3, 1],
    ],
    negative: [],
  });
});

test("NativeBuckets has a bounded number of buckets", () => {
  seeded(({ next: random }) => {
    for (const maxBuckets of [1, 20, 160]) {
      const buckets = new NativeBuckets({ schema: 8, maxBuckets });
      for (let round = 0; round < 20_000; round += 1) {
        buckets.add((random() < 0.5 ? -1 : 1) * 2 ** (random() * 1152 - 128));
      }
      buckets.add(Number.POSITIVE_INFINITY);
      buckets.add(Number.NEGATIVE_INFINITY);
      const { schema, positive, negative, zeroCount } = buckets.counts();
      const total = [...positive, ...negative].reduce((sum, [, count]) => sum + count, zeroCount);
      assert.equal(total, 20_002);
      assert.equal(schema, -4);
      assert.ok(positive.length + negative.length <= 146);
    }
  });
});

test("NativeBuckets.merge() equals counting all values in one", () => {
  seeded(({ next: random }) => {
    for (const [one, other] of [
      [3, 3],
      [3, 0],
      [0, 3],
      [8, -4],
      [-2, 5],
    ] as const) {
      const first = new NativeBuckets({ schema: one, maxBuckets: 1e6 });
      const second = new NativeBuckets({ schema: other, maxBuckets: 1e6 });
      const all = new NativeBuckets({ schema: Math.min(one, other), maxBuckets: 1e6 });
      for (let round = 0; round < 1000; round += 1) {
        const value = (random() - 0.5) * 2 ** (random() * 40 - 20);
        (round % 3 === 0 ? first : second).add(value);
        all.add(value);
      }
      first.merge(second.counts());
      assert.deepEqual(first.counts(), all.counts());
    }
  });
});

test("Histogram refuses a schema that Prometheus does not have", () => {
  for (const schema of [-5, 9, 0.5, Number.NaN]) {
    assert.throws(() => quiet().histogram("x", { help: "x", native: { schema } }), {
      name: "RangeError",
      message: `"native.schema" must be a whole number from -4 to 8, but was ${schema}`,
    });
  }
  assert.throws(() => quiet().histogram("x", { help: "x", native: { maxBuckets: 0 } }), RangeError);
});

test("MetricsRegistry.disableNativeHistograms() leaves only classic buckets", async () => {
  const PROTOBUF = "application/vnd.google.protobuf";
  const observed = (registry: MetricsRegistry): void => {
    registry.histogram("x", { help: "x", buckets: [1], native: true }).observe(0.5);
  };
  const dateNow = () => 1_700_000_000_000;
  const classic = quiet({ dateNow });
  classic.histogram("x", { help: "x", buckets: [1] }).observe(0.5);
  const wanted = await bodyOf(classic, PROTOBUF);
  const never = quiet({ dateNow, nativeHistograms: false });
  observed(never);
  const later = quiet({ dateNow });
  observed(later);
  assert.ok((await bodyOf(later, PROTOBUF)).length > wanted.length);
  later.disableNativeHistograms();
  for (const registry of [never, later]) {
    assert.equal((await bodyOf(registry, PROTOBUF)).length, wanted.length);
  }
  // Native buckets in a report of a worker are ignored.
  const worker = workerMetrics();
  worker.histogram("x", { help: "x", buckets: [1], native: true }).observe(0.5);
  later.merge("r/1", worker.takeDelta() ?? assert.fail());
  assert.match(await textOf(later), /^x_count 2$/m);
  assert.equal((await bodyOf(later, PROTOBUF)).length, wanted.length);
});
