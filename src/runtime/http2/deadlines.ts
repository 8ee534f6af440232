/**
 * Deadlines: the timers of calls. Hardly any of them fires, and one of its own for each costs as
 * much as the parsing of a small message, so those of about the same length share one.
 * @module
 */

import type { Clock } from "../../clock.ts";
import { withSharedTimers } from "../../invocation/shared-timers.ts";

/** The lengths from a power of two to the next. Times are rounded up to one: by 3 % at most. */
const STEPS = 32;

/** Shorter timers are exact. */
const MIN_MS = 128;

/** One-shot timers, of which those of at least 128 ms fire up to 3 % later than asked for. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #shared = new Map<number, Clock>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls a function once after a time; returns a function that cancels it. */
  after(ms: number, callback: () => void): () => void {
    if (ms < MIN_MS) return this.#clock.after(ms, callback);
    const step = 2 ** Math.floor(Math.log2(ms)) / STEPS;
    const sharedMs = Math.ceil(ms / step) * step;
    let clock = this.#shared.get(sharedMs);
    if (clock === undefined) {
      clock = withSharedTimers(this.#clock, sharedMs);
      this.#shared.set(sharedMs, clock);
    }
    return clock.after(sharedMs, callback);
  }
}
