/**
 * ArrivalRate: the mean time between two calls.
 * @module
 */

/** The weight of the last interval. The mean covers about 20 intervals. */
const WEIGHT = 0.1;

/** An exponentially weighted mean of the time between calls. */
export class ArrivalRate {
  #lastAt: number | undefined;
  #meanMs: number | undefined;

  /** The mean time between calls, in milliseconds; `undefined` before the second call. */
  get meanMs(): number | undefined {
    return this.#meanMs;
  }

  /** Adds a call that arrives at this time, in milliseconds of the clock. */
  add(now: number): void {
    if (this.#lastAt !== undefined) {
      const interval = now - this.#lastAt;
      this.#meanMs =
        this.#meanMs === undefined ? interval : this.#meanMs + WEIGHT * (interval - this.#meanMs);
    }
    this.#lastAt = now;
  }
}
