/**
 * What a batcher says of its batches and of itself.
 * @module
 */

import type { CloseReason } from "./policy.ts";

/** A batch that has been answered or has failed. */
export interface BatchRecord {
  readonly rows: number;
  readonly requests: number;
  /** What its first call waited, in milliseconds. */
  readonly waitMs: number;
  readonly runMs: number;
  readonly reason: CloseReason;
  /** The worker that ran it last, from 1; 0 when none has started it. */
  readonly workerIndex: number;
}

/** The state of a batcher at one moment. */
export interface BatcherStats {
  readonly queuedRows: number;
  readonly queuedCalls: number;
  /** Batches that are running. */
  readonly inFlight: number;
  /** The learned latency: milliseconds a row, and a batch. */
  readonly a: number;
  readonly b: number;
  /** Batches so far, by why they were closed. */
  readonly batches: Readonly<Record<CloseReason, number>>;
  /** Calls refused because they could not have been answered in time, or were too many. */
  readonly shed: number;
}
