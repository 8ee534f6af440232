/**
 * ArrivalRate: the mean time between two calls.
 * @module
 */

/** How much the last interval counts: about the last 20 are remembered. */
const WEIGHT = 0.1;

/** An exponentially weighted mean of the time between calls. */
export class ArrivalRate {
  #lastAt: number | undefined;
  #meanMs: number | undefined;

  /** Milliseconds between two calls; `undefined` before the second. */
  get meanMs(): number | undefined {
    return this.#meanMs;
  }

  /** Takes a call at this moment into account, in milliseconds of the clock. */
  add(now: number): void {
    if (this.#lastAt !== undefined) {
      const interval = now - this.#lastAt;
      this.#meanMs =
        this.#meanMs === undefined ? interval : this.#meanMs + WEIGHT * (interval - this.#meanMs);
    }
    this.#lastAt = now;
  }
}
