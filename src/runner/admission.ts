/**
 * Admission: whether a call that arrives now can be answered in time, behind all that waits. The
 * time to refuse a call is when it comes: one that is given up after it has waited has cost its
 * caller that wait.
 * @module
 */

import type { Latency } from "./policy.ts";
import type { ShedReason } from "./runner-events.ts";

/** What an estimate depends on. */
export interface Load {
  /** Rows of the call. */
  readonly rows: number;
  /** Rows that wait already. */
  readonly queued: number;
  /** The most rows in a batch. */
  readonly maxRows: number;
  /** What the batches that run will still take, all together, in milliseconds. */
  readonly runningMs: number;
  /** Batches that could start at once. */
  readonly free: number;
  /** Workers that take batches, now or soon. */
  readonly workers: number;
  readonly latency: Latency;
}

/** What decides on a call. */
export interface Application extends Load {
  /** The time that the call may take, in milliseconds. */
  readonly leftMs: number;
  /** The most rows that may wait; a call that has more may wait alone. */
  readonly maxQueueRows: number;
}

/** Why a call is to be refused; `undefined` for one that can be taken. */
export function refusalOf(application: Application): ShedReason | undefined {
  const { rows, queued, maxQueueRows, free, leftMs } = application;
  if (queued + rows > Math.max(maxQueueRows, rows)) return "queue_full";
  // What was learned may be wrong by now: with nothing ahead of it, a call is the test of that.
  if (queued === 0 && free > 0) return undefined;
  return expectedMs(application) <= leftMs ? undefined : "deadline";
}

/** When a refused caller may try again: a queue that is full empties sooner than one too long. */
export function retryAfterSeconds(reason: ShedReason, maxLatencyMs: number): number {
  if (reason === "queue_full") return 1;
  return Math.min(30, Math.max(1, Math.ceil(maxLatencyMs / 2_000)));
}

/** What a wait may take longer than expected: batches do not all take what they should. */
const MARGIN = 1.25;

/**
 * Milliseconds until the last row of the call is answered: what runs and the full batches before
 * its own, shared out to the workers, then its own batch, which others may fill up while it waits.
 */
export function expectedMs(load: Load): number {
  const { rows, queued, maxRows, runningMs, free, workers, latency } = load;
  const batches = Math.max(1, Math.ceil((queued + rows) / maxRows));
  if (batches === 1 && free > 0) return latency.predict(queued + rows);
  const fullMs = latency.predict(maxRows);
  const waitMs = (runningMs + (batches - 1) * fullMs) / Math.max(1, workers);
  return MARGIN * waitMs + fullMs;
}

/**
 * The most rows of a batch that takes at most half of the time that a call may take: what arrives
 * while it runs can then still be answered in the next one. At least 1, at most `maxBatchSize`.
 */
export function rowsWithin(maxLatencyMs: number, maxBatchSize: number, latency: Latency): number {
  const { b } = latency;
  const each = (latency.predict(maxBatchSize) - b) / maxBatchSize;
  if (latency.predict(maxBatchSize) <= maxLatencyMs / 2 || each <= 0) return maxBatchSize;
  return Math.max(1, Math.floor((maxLatencyMs / 2 - b) / each));
}
