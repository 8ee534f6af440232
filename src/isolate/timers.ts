/**
 * Timers: one-shot timers that any request may run, as the request that set one may have ended.
 * @module
 */

import type { Clock } from "../clock.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A time is due this much earlier, since clocks are rounded. */
const EARLY_MS = 0.5;

/** The timers of an isolate. */
export class Timers implements Clock {
  readonly #pending = new Set<Timer>();
  readonly #onAdd: (ms: number) => void;

  /** @param onAdd called with the time of each new timer, in milliseconds */
  constructor(onAdd: (ms: number) => void) {
    this.#onAdd = onAdd;
  }

  now(): number {
    return performance.now();
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.now() + ms, callback };
    this.#pending.add(timer);
    this.#onAdd(ms);
    return () => void this.#pending.delete(timer);
  }

  /** Returns the milliseconds until the next timer; Infinity without one. */
  nextInMs(): number {
    let at = Number.POSITIVE_INFINITY;
    for (const timer of this.#pending) at = Math.min(at, timer.at);
    return Math.max(0, at - this.now());
  }

  /** Returns the callbacks of all timers that are due, in the order of their times. */
  takeDue(): (() => void)[] {
    const now = this.now() + EARLY_MS;
    const due = [...this.#pending].filter(({ at }) => at <= now);
    for (const timer of due) this.#pending.delete(timer);
    return due.sort((one, other) => one.at - other.at).map(({ callback }) => callback);
  }
}
