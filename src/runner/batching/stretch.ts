/**
 * Stretch: how much longer calls wait than was forecast when they arrived. Calls that arrive later
 * may go first, since they are more urgent or of callers who have been served less; and others are
 * refused or leave. No forecast knows them, but it can learn how much they matter.
 * @module
 */

/** The share of admitted calls that may be refused later without any change. */
const SHARE = 0.02;
/** The most that it can be. */
const MAX = 4;
/**
 * A step is one in so many calls, and more if more calls wait: the effect of a change shows only
 * once they have left the queue.
 */
const CALLS = 100;
const PER_WAITING = 4;

/** The time in which it falls to 1/e of what it is above 1, whatever else happens. */
const FORGET_MS = 10_000;

/** The multiple of the time that calls are forecast to wait. */
export class Stretch {
  #factor = 1;
  #at = 0;

  /** Returns the multiple: at least 1. */
  factorAt(now: number): number {
    if (this.#factor === 1) return 1;
    return 1 + (this.#factor - 1) * Math.exp(Math.min(0, this.#at - now) / FORGET_MS);
  }

  /**
   * Learns from an admitted call that has left the queue.
   *
   * @param wasRefused true if it could not be answered in time
   * @param waiting the number of calls that wait
   */
  left(wasRefused: boolean, waiting: number, now: number): void {
    const step = 1 / (CALLS + PER_WAITING * waiting);
    const factor = this.factorAt(now) * (wasRefused ? 1 + step : 1 - SHARE * step);
    this.#factor = Math.min(MAX, Math.max(1, factor));
    this.#at = now;
  }
}
