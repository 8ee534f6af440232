/**
 * LaneQueue: the waiting calls of one lane of a method, as one of the queues that take turns.
 * @module
 */

import type { Lane } from "../call-options.ts";
import type { WorkSource } from "../pool/work-source.ts";
import { CallQueue } from "./call-queue.ts";
import type { QueuedCall } from "./queued-call.ts";

/** The shares of the workers by lane: bulk calls are slow beside interactive ones, never stuck. */
const SHARES: Readonly<Record<Lane, number>> = { interactive: 1, bulk: 0.1 };

/** The queue of a lane. */
export class LaneQueue extends CallQueue<QueuedCall> implements WorkSource {
  readonly share: number;
  served = 0;
  readonly #workMsOf: (units: number) => number;
  readonly #take: (queue: LaneQueue) => number | undefined;

  /**
   * @param workMsOf returns the milliseconds of a worker for some units
   * @param take gives work to a worker: see `WorkSource`
   */
  constructor(
    lane: Lane,
    workMsOf: (units: number) => number,
    take: (queue: LaneQueue) => number | undefined,
  ) {
    super();
    this.share = SHARES[lane];
    this.#workMsOf = workMsOf;
    this.#take = take;
  }

  get waiting(): number {
    return this.calls;
  }

  get workMs(): number {
    return this.#workMsOf(this.units);
  }

  take(): number | undefined {
    return this.#take(this);
  }
}
