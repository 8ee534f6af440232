import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { LatencyRecord } from "../../../src/cli/bench/latency-record.ts";
import { seededRandom } from "../../../src/random.ts";

const seed = Number(process.env["SEED"] ?? 1);

test(`LatencyRecord has quantiles to 1 % (seed ${seed})`, () => {
  const random = seededRandom(seed);
  const record = new LatencyRecord();
  // From microseconds to a minute.
  const latencies = Array.from({ length: 5000 }, () => 10 ** (-2 + 6.5 * random()));
  for (const ms of latencies) record.add(ms);
  const sorted = latencies.toSorted((a, b) => a - b);
  for (const share of [0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1]) {
    const exact = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
    const ratio = record.quantileMs(share) / exact;
    assert.ok(
      ratio > 0.999 && ratio < 1.0101,
      `the quantile ${share} is ${ratio} of the exact one`,
    );
  }
  assert.equal(record.count, 5000);
  assert.equal(record.minMs, sorted[0]);
  assert.equal(record.maxMs, sorted.at(-1));
  const counts = [...record.classes()].reduce((sum, { count }) => sum + count, 0);
  assert.equal(counts, 5000);
});

test("LatencyRecord takes latencies of nothing and of days", () => {
  const record = new LatencyRecord();
  for (const ms of [0, 200_000_000]) record.add(ms);
  assert.deepEqual([record.quantileMs(0.5), record.quantileMs(1)], [0.001, 200_000_000]);
  assert.equal(record.meanMs, 100_000_000);
});

test("LatencyRecord has no latency without calls", () => {
  const record = new LatencyRecord();
  const all = [record.quantileMs(0.5), record.minMs, record.maxMs, record.meanMs];
  assert.deepEqual(all, [Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
});
