/**
 * HangLimit: the time after which a batch is suspected to hang: ten times the longest usual time,
 * with a floor. The floor sinks with each call that did hang, so that many of them do not delay the
 * others, and rises above the time of a batch that was suspected and answered after all.
 * @module
 */

import type { LatencyModel } from "./latency-model.ts";

/** The limit as a multiple of the longest usual time. */
const MULTIPLE = 10;
/** The initial floor, to which it returns with each batch that succeeds. */
const FLOOR_MS = 1_000;
const MIN_FLOOR_MS = 250;
const MAX_FLOOR_MS = 3_000;
/** The floor after a suspected batch was answered, as a multiple of its time. */
const RAISED = 1.5;
/** The limit before any latency is known, as a multiple of the floor. */
const UNKNOWN = 3;
/** The time before a call that runs alone may be ended for another, as a multiple of the limit. */
const ENDABLE = 5;
/** The share of its distance to the initial value that the floor keeps per successful batch. */
const KEPT = 0.98;

/** The limits of the batches of one method. */
export class HangLimit {
  readonly #latency: LatencyModel;
  #floorMs = FLOOR_MS;

  constructor(latency: LatencyModel) {
    this.#latency = latency;
  }

  /** Returns the time after which a batch is suspected to hang, in milliseconds. */
  suspectAfterMs(units: number): number {
    const floorMs = this.#latency.known ? this.#floorMs : UNKNOWN * this.#floorMs;
    return Math.max(floorMs, MULTIPLE * this.#longestMs(units));
  }

  /** Returns the time after which a suspected call may be ended for another, in milliseconds. */
  endableAfterMs(units: number): number {
    return ENDABLE * Math.max(this.#floorMs, MULTIPLE * this.#longestMs(units));
  }

  /** Called when a suspected call was not answered. */
  confirmed(): void {
    this.#floorMs = Math.max(MIN_FLOOR_MS, this.#floorMs / 2);
  }

  /** Called when a suspected batch was answered, after `ms` milliseconds. */
  refuted(ms: number): void {
    this.#floorMs = Math.min(MAX_FLOOR_MS, Math.max(this.#floorMs, RAISED * ms));
  }

  /** Called when a batch succeeded. */
  relax(): void {
    this.#floorMs = FLOOR_MS + KEPT * (this.#floorMs - FLOOR_MS);
  }

  /** Returns the longest usual time: the mean of sizes that were not seen may be too short. */
  #longestMs(units: number): number {
    return this.#latency.most(units) + this.#latency.deviation(units);
  }
}
