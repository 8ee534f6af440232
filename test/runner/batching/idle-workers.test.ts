/** What a batcher does with waiting calls when several workers are idle, or one soon is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type BatchOptions, off } from "../../../src/runner/batching/batch-options.ts";
import { tensor } from "../../../src/tensor.ts";
import { bench, rows, settled } from "../fake-workers.ts";

type Cost = (units: number) => number;

const perRow: Cost = (units) => 2 * units;
/** All that are learned, so that none is searched. */
const SIZES = [1, 2, 3, 4, 5, 6, 7, 8];
const nearlyFlat: Cost = (units) => 10 + 0.05 * units;
const ones = (count: number): number[] => new Array<number>(count).fill(1);

/** Calls that are made together while all workers are idle. */
interface Shared {
  readonly what: string;
  readonly workers: number;
  /** The rows of each call. */
  readonly calls: readonly number[];
  readonly sizes: readonly number[];
  readonly cost?: Cost;
  readonly batch?: BatchOptions;
}

const shares: readonly Shared[] = [
  { what: "halves over two workers", workers: 2, calls: ones(8), sizes: [4, 4] },
  { what: "equal parts over three", workers: 3, calls: ones(9), sizes: [3, 3, 3] },
  { what: "all of them, though they do not divide", workers: 3, calls: ones(8), sizes: [2, 3, 3] },
  { what: "one each to some of the workers", workers: 4, calls: ones(2), sizes: [1, 1] },
  { what: "one batch if there is one worker", workers: 1, calls: ones(8), sizes: [8] },
  {
    what: "one batch if several would save next to nothing",
    ...{ workers: 2, calls: ones(8), sizes: [8], cost: nearlyFlat },
  },
  { what: "a large call in one piece", workers: 2, calls: [6, 1, 1], sizes: [6, 2] },
  {
    what: "full batches if there are more than the workers hold",
    ...{ workers: 2, calls: ones(12), sizes: [4, 4], batch: { maxBatchSize: 4 } },
  },
  {
    what: "calls one by one if they are not joined",
    ...{ workers: 2, calls: ones(3), sizes: [1, 1], batch: { strategy: off() } },
  },
];

for (const { what, workers, calls, sizes, cost = perRow, batch } of shares) {
  test(`Batcher sends idle workers ${what}`, async () => {
    const found = bench(batch, workers);
    for (const units of SIZES) found.batcher.learn(units, cost(units));
    for (const count of calls) found.batcher.call(rows(...ones(count))).catch(() => {});
    await settled();
    assert.deepEqual(found.sizes(), sizes);
  });
}

test("Batcher sends idle workers calls of two shapes in a batch for each", async () => {
  const { batcher, sizes } = bench({}, 2);
  for (const units of SIZES) batcher.learn(units, perRow(units));
  for (let at = 0; at < 8; at++) {
    batcher.call(tensor("float32", [1, 1 + (at % 2)])).catch(() => {});
  }
  await settled();
  assert.deepEqual(sizes(), [4, 4]);
});

for (const [what, ran, atMs] of [
  ["2 ms before its end", undefined, 28],
  ["earlier if answers wait for the main thread", (ms: number) => ms - 6, 16.4],
  ["at once if they wait for most of the time", (ms: number) => ms / 30, 0],
] as const) {
  test(`Batcher sends a full batch ahead of one of 30 ms: ${what}`, async () => {
    const { batcher, clock, workers, sizes } = bench({ maxBatchSize: 4 });
    for (const units of SIZES) batcher.learn(units, 26 + units, ran?.(26 + units));
    workers.ahead = 1;
    for (const count of [4, 4]) batcher.call(rows(...ones(count))).catch(() => {});
    await settled();
    if (atMs > 0) {
      clock.advance(atMs - 0.01);
      await settled();
      assert.deepEqual(sizes(), [4]);
      clock.advance(0.02);
      await settled();
    }
    assert.deepEqual(sizes(), [4, 4]);
  });
}

test("Batcher learns the best size by what workers measure", async () => {
  const { batcher, workers, sizes, clock } = bench({ maxBatchSize: 64 });
  const cost: Cost = (units) => 2 + units * (0.8 + 0.019 * units);
  for (let batch = 0; batch < 300; batch++) {
    for (let at = 0; at < 64; at++) batcher.call(rows(1)).catch(() => {});
    await settled();
    const [run] = workers.running;
    const ms = cost(sizes().at(-1) ?? 0);
    clock.advance(ms + 20); // the answer waits for the main thread
    run?.resolve(run.input, ms);
    await settled();
  }
  const best = sizes()
    .slice(100, 300)
    .filter((size) => size >= 8 && size <= 14);
  assert.ok(best.length > 180, `sizes: ${sizes().join(" ")}`);
});
