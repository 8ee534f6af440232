/**
 * Alarm: one timer for the earliest of the times that it has been set to.
 * @module
 */

import type { Clock } from "../../clock.ts";

/** A timer that is set again and again. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #at = Number.POSITIVE_INFINITY;
  #cancel: () => void = () => {};

  /** @param ring called at the time that it was set to, or earlier, after one that no longer counts */
  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Sets it to a time in milliseconds of the clock, unless it rings before that anyway. */
  set(at: number): void {
    if (at >= this.#at) return;
    this.#cancel();
    this.#at = at;
    this.#cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
      this.#at = Number.POSITIVE_INFINITY;
      this.#ring();
    });
  }

  cancel(): void {
    this.#cancel();
  }
}
