/**
 * Admission: whether a call that arrives now can be answered in time, behind all that waits.
 * @module
 */

import type { Latency } from "./policy.ts";

/** What an estimate depends on. */
export interface Load {
  /** Rows that wait, those of the call included. */
  readonly rows: number;
  readonly maxBatchSize: number;
  /** Batches that could start at once. */
  readonly free: number;
  /** Workers that take batches, now or soon. */
  readonly workers: number;
  readonly latency: Latency;
}

/**
 * Milliseconds until the last of the rows is answered: full batches shared out to the workers,
 * then the batch of what is left. Where no worker is free, what runs is half done on average.
 */
export function expectedMs({ rows, maxBatchSize, free, workers, latency }: Load): number {
  const fullBatches = Math.floor(rows / maxBatchSize);
  const rest = rows % maxBatchSize;
  const running = free > 0 ? 0 : latency.predict(maxBatchSize) / 2;
  const full = (fullBatches * latency.predict(maxBatchSize)) / Math.max(1, workers);
  const last = rest > 0 || rows === 0 ? latency.predict(rest) : 0;
  return running + full + last;
}
