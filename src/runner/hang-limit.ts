/**
 * HangLimit: how long a batch may run before it is suspected to hang: ten times what was learned,
 * with a floor. The floor sinks with each call that did hang, so that many of them do not hold up
 * the others, and rises above what was suspected and answered after all.
 * @module
 */

import type { LatencyModel } from "./latency-model.ts";

/** A batch may take so many times what it is expected to. */
const MULTIPLE = 10;
/** The floor at first, and that to which it returns with each batch that goes well. */
const FLOOR_MS = 1_000;
const MIN_FLOOR_MS = 250;
const MAX_FLOOR_MS = 5_000;
/** The floor after a batch that was suspected and answered, in times that it took. */
const RAISED = 1.5;
/** What a batch may take while nothing has been learned, in floors. */
const UNKNOWN = 3;
/** How long a call runs alone before it may be ended for another that may hang, in floors. */
const ENDABLE = 5;
/** How much of its distance to its first value the floor keeps with each batch that goes well. */
const KEPT = 0.98;

/** When batches of one method are suspected to hang. */
export class HangLimit {
  readonly #latency: LatencyModel;
  #floorMs = FLOOR_MS;

  constructor(latency: LatencyModel) {
    this.#latency = latency;
  }

  /** Milliseconds that a batch may take. */
  suspectAfterMs(rows: number): number {
    const floorMs = this.#latency.known ? this.#floorMs : UNKNOWN * this.#floorMs;
    return Math.max(floorMs, MULTIPLE * this.#latency.predict(rows));
  }

  /** Milliseconds that a call runs, alone and suspected, while others that may hang wait. */
  endableAfterMs(rows: number): number {
    return ENDABLE * Math.max(this.#floorMs, MULTIPLE * this.#latency.predict(rows));
  }

  /** A call was suspected, and not answered. */
  confirmed(): void {
    this.#floorMs = Math.max(MIN_FLOOR_MS, this.#floorMs / 2);
  }

  /** A batch was suspected, and answered after so many milliseconds. */
  refuted(ms: number): void {
    this.#floorMs = Math.min(MAX_FLOOR_MS, Math.max(this.#floorMs, RAISED * ms));
  }

  /** A batch went well. */
  relax(): void {
    this.#floorMs = FLOOR_MS + KEPT * (this.#floorMs - FLOOR_MS);
  }
}
