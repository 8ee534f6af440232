/**
 * WakeTimer: one timer for the earliest of the times at which something is due in some queues.
 * @module
 */

import type { Clock } from "../../clock.ts";

/** The queues. */
type Queues = readonly { readonly calls: number }[];

/** Calls a function by a time that may move, while calls wait. */
export class WakeTimer {
  readonly #clock: Clock;
  readonly #queues: Queues;
  readonly #callback: () => void;
  #at = Number.POSITIVE_INFINITY;
  #cancel: () => void = () => {};

  /** @param callback may be called too early, since a timer is not moved back */
  constructor(clock: Clock, queues: Queues, callback: () => void) {
    this.#clock = clock;
    this.#queues = queues;
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

  /** Stops the timer if no call waits: it would only keep the process running. */
  rest(): void {
    if (this.#at === Number.POSITIVE_INFINITY) return;
    if (this.#queues.some(({ calls }) => calls > 0)) return;
    this.#cancel();
    this.#at = Number.POSITIVE_INFINITY;
  }
}
