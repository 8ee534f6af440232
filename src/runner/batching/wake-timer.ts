/**
 * WakeTimer: one timer for the earliest of several times.
 * @module
 */

import type { Clock } from "../../clock.ts";

/** Calls a function by a time that may move. */
export class WakeTimer {
  readonly #clock: Clock;
  readonly #callback: () => void;
  #at = Number.POSITIVE_INFINITY;
  #cancel: () => void = () => {};

  /** @param callback may be called too early, since a timer is not moved back */
  constructor(clock: Clock, callback: () => void) {
    this.#clock = clock;
    this.#callback = callback;
  }

  /** Calls the function at a time or earlier; Infinity for never. */
  by(at: number): void {
    if (at >= this.#at) return;
    this.#cancel();
    this.#at = at;
    this.#cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
      this.#at = Number.POSITIVE_INFINITY;
      this.#callback();
    });
  }

  cancel(): void {
    this.#cancel();
    this.#at = Number.POSITIVE_INFINITY;
  }
}
