/**
 * Admission: whether a call that arrives now can be answered in time, behind all that waits. The
 * time to refuse a call is when it comes: one that is given up after it has waited has cost its
 * caller that wait.
 * @module
 */

import type { ShedReason } from "../metrics/runner-events.ts";
import type { Latency } from "./policy.ts";

/** What an estimate depends on. */
export interface Load {
  /** Rows of the call. */
  readonly rows: number;
  /** Rows that wait already. */
  readonly queued: number;
  /** The most rows in a batch. */
  readonly maxRows: number;
  /** In how many milliseconds each worker is expected to be free, the first one first. */
  readonly busyMs: readonly number[];
  /** Batches that could start at once. */
  readonly free: number;
  readonly latency: Latency;
}

/** What decides on a call. */
export interface AdmissionRequest extends Load {
  /** The time that the call may take, in milliseconds. */
  readonly leftMs: number;
  /** The most rows that may wait; a call that has more may wait alone. */
  readonly maxQueueRows: number;
}

/** Why a call is to be refused; `undefined` for one that can be taken. */
export function refusalOf(request: AdmissionRequest): ShedReason | undefined {
  const { rows, queued, maxQueueRows, free, leftMs } = request;
  if (queued + rows > Math.max(maxQueueRows, rows)) return "queue_full";
  // What was learned may be wrong by now: with nothing ahead of it, a call is the test of that.
  if (queued === 0 && free > 0) return undefined;
  return expectedMs(request) <= leftMs ? undefined : "deadline";
}

/** When a refused caller may try again: a queue that is full empties sooner than one too long. */
export function retryAfterSeconds(reason: ShedReason, maxLatencyMs: number): number {
  if (reason === "queue_full") return 1;
  return Math.min(30, Math.max(1, Math.ceil(maxLatencyMs / 2_000)));
}

/** What a wait may take longer than expected: batches do not all take what they should. */
const MARGIN = 1.25;

/**
 * Milliseconds until the last row of the call is answered: the full batches before its own go to
 * the workers in turn, as they become free. Behind full batches, its own will be full too.
 */
export function expectedMs({ rows, queued, maxRows, busyMs, latency }: Load): number {
  const before = Math.ceil((queued + rows) / maxRows) - 1;
  const workers = Math.max(1, busyMs.length);
  const fullMs = latency.predict(maxRows);
  const waitMs = (busyMs[before % workers] ?? 0) + Math.floor(before / workers) * fullMs;
  return MARGIN * waitMs + (before > 0 ? fullMs : latency.predict(queued + rows));
}
