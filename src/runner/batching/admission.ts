/**
 * Admission: refuses a call on arrival if it cannot be answered in time behind the waiting calls. A
 * later refusal would cost its caller the wait.
 * @module
 */

import type { ShedReason } from "../metrics/runner-events.ts";
import type { Latency } from "./policy.ts";

/** The load that an estimate depends on. */
export interface Load {
  /** The rows of the call. */
  readonly rows: number;
  /** The rows that wait already. */
  readonly queued: number;
  /** The most rows in a batch. */
  readonly maxRows: number;
  /** The expected milliseconds until each worker is free, in ascending order. */
  readonly busyMs: readonly number[];
  /** The number of batches that could start at once. */
  readonly free: number;
  readonly latency: Latency;
}

/** A call to be admitted. */
export interface AdmissionRequest extends Load {
  /** The time that the call may take, in milliseconds. */
  readonly leftMs: number;
  /** The most rows that may wait; a call that has more may wait alone. */
  readonly maxQueueRows: number;
}

/** Returns the reason to refuse a call; `undefined` to admit it. */
export function refusalOf(request: AdmissionRequest): ShedReason | undefined {
  const { rows, queued, maxQueueRows, free, leftMs } = request;
  if (queued + rows > Math.max(maxQueueRows, rows)) return "queue_full";
  // The learned latency may be outdated: a call with nothing ahead of it is run to find out.
  if (queued === 0 && free > 0) return undefined;
  return expectedMs(request) <= leftMs ? undefined : "deadline";
}

/** Returns the value of `Retry-After`: a full queue has room again soon, a long one takes time. */
export function retryAfterSeconds(reason: ShedReason, maxLatencyMs: number): number {
  if (reason === "queue_full") return 1;
  return Math.min(30, Math.max(1, Math.ceil(maxLatencyMs / 2_000)));
}

/** The factor on an expected wait, since batches may take longer than expected. */
const MARGIN = 1.25;

/**
 * Returns the expected milliseconds until the last row of the call is answered. The full batches
 * before its own go to the workers in turn, as they become free. Behind full batches, its own will
 * be full too.
 */
export function expectedMs({ rows, queued, maxRows, busyMs, latency }: Load): number {
  const before = Math.ceil((queued + rows) / maxRows) - 1;
  const workers = Math.max(1, busyMs.length);
  const fullMs = latency.predict(maxRows);
  const waitMs = (busyMs[before % workers] ?? 0) + Math.floor(before / workers) * fullMs;
  return MARGIN * waitMs + (before > 0 ? fullMs : latency.predict(queued + rows));
}
