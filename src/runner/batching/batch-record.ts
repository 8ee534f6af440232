/**
 * The record of a batch, and the state of a batcher.
 * @module
 */

import type { RowAxis } from "../rows/rows.ts";
import type { CloseReason } from "./policy.ts";

/** A batch that has been answered or has failed. */
export interface BatchRecord {
  readonly rows: number;
  /** The rows times the weight of the heaviest. */
  readonly units: number;
  /** The weight of its rows, without padding. `undefined` for a method without weights. */
  readonly netUnits?: number;
  readonly requests: number;
  /** The wait of its first call, in milliseconds. */
  readonly waitMs: number;
  readonly runMs: number;
  readonly reason: CloseReason;
  /** The worker that ran it last, from 1; 0 when none has started it. */
  readonly workerIndex: number;
}

/** The state of a batcher at one moment. */
export interface BatcherStats {
  /** The most rows of a batch. */
  readonly maxBatchSize: number;
  /** The axes that hold the rows of its argument and its result. */
  readonly axisIn: RowAxis;
  readonly axisOut: RowAxis;
  readonly queuedRows: number;
  readonly queuedCalls: number;
  /** The number of running batches. */
  readonly inFlight: number;
  /** The learned latency: `a` milliseconds for each unit, and `b` for each batch. */
  readonly a: number;
  readonly b: number;
  /** The number of batches so far, by the reason for closing them. */
  readonly batches: Readonly<Record<CloseReason, number>>;
  /** The number of calls refused for lack of time, or of room in the queue. */
  readonly shed: number;
}
