/**
 * Warm-up: batches that run before a runner is ready, to compile code and to measure how long
 * batches take.
 * @module
 */

import type { Clock } from "../clock.ts";
import { messageOf } from "../error.ts";
import type { Batcher } from "./batching/batcher.ts";
import type { Pool } from "./pool/pool.ts";
import { cutRows, joinPayload, type Part } from "./rows/join.ts";
import { shapeOf } from "./rows/rows.ts";
import { heaviestOf, weightsOf } from "./rows/weights.ts";

/** The number of batches of each method that are measured, half of them small, half large. */
const MEASURED = 8;
/** The longest expected time of a large batch. */
const MAX_BATCH_MS = 100;
/** The time after which a slow method gets no more batches, except for one of each size. */
const MAX_MS = 500;

/**
 * Runs every batched method that has a warm-up argument: once on each worker, then a few times as
 * the smallest batch and as a large one. The batchers learn from the times that these took.
 *
 * @throws Error that names the method whose batch fails
 */
export async function warmUp(
  runner: string,
  pool: Pool,
  batchers: ReadonlyMap<string, Batcher>,
  clock: Clock,
): Promise<void> {
  for (const [method, example] of Object.entries(pool.info.warmUp)) {
    const batcher = batchers.get(method);
    if (example === undefined || batcher === undefined) continue;
    try {
      await warmUpMethod(method, example, { pool, batcher, clock });
    } catch (error) {
      const text = `Cannot warm up "${method}" of runner "${runner}": ${messageOf(error)}`;
      throw new Error(text, { cause: error });
    }
  }
}

async function warmUpMethod(
  method: string,
  example: unknown,
  { pool, batcher, clock }: { pool: Pool; batcher: Batcher; clock: Clock },
): Promise<void> {
  const { axisIn, axisOut, padding, maxBatchSize, maxBatchWeight } = batcher.settings;
  const { rows } = shapeOf(example, axisIn, padding);
  if (rows < 1 || rows > maxBatchSize) {
    throw new RangeError(`its argument must have 1 to ${maxBatchSize} rows, but has ${rows}`);
  }
  const units = rows * heaviestOf(weightsOf(example, rows, batcher.settings), 0, rows);
  let ranMs: number | undefined; // of the last run, by its worker
  const onEnd = (_: number, __: boolean, ownMs?: number): void => {
    ranMs = ownMs;
  };
  const run = async (times: number): Promise<number> => {
    const parts = new Array<Part>(times).fill({ input: example, begin: 0, rows, isWhole: true });
    const startedAt = clock.now();
    const output = await pool.runNow(method, () => joinPayload(parts, axisIn, padding), {
      onEnd,
    });
    const ms = clock.now() - startedAt;
    cutRows(output, parts, axisOut, padding); // it must answer each row
    return ms;
  };
  const endAt = clock.now() + MAX_MS;
  // As many at once as there are workers, so that each of them runs one.
  await Promise.all(Array.from({ length: pool.size }, () => run(1)));
  const wholeMs = await run(1);
  const firstMs = ranMs ?? wholeMs; // the main thread may be busy with the start
  const most = Math.min(maxBatchSize / rows, maxBatchWeight / units, MAX_BATCH_MS / firstMs);
  const times = Math.max(1, Math.floor(most));
  await run(times); // memory grows, code for large batches is compiled
  for (let measured = 0; measured < MEASURED; measured++) {
    if (measured >= 2 && clock.now() > endAt) return;
    const size = measured % 2 === 0 ? 1 : times;
    const ms = await run(size);
    batcher.learn(size * units, ms, ranMs);
  }
}
