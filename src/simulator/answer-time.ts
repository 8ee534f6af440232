/**
 * AnswerTime: the time from the answer of a runner to the written response, as a server learns it.
 * @module
 */

/** The quantile that is learned: with a mean, half of the answers would be late. */
const QUANTILE = 0.95;

/** The relative size of a step. */
const STEP = 0.2;
const UP = Math.exp(STEP * QUANTILE);
const DOWN = Math.exp(-STEP * (1 - QUANTILE));
const MIN_MS = 0.01;
const MAX_FIRST_MS = 2;

/** A high quantile of recent times. */
export class AnswerTime {
  #ms = 0;

  /** In milliseconds; 0 before the first. */
  get ms(): number {
    return this.#ms;
  }

  add(ms: number): void {
    if (this.#ms === 0) this.#ms = Math.min(Math.max(ms, MIN_MS), MAX_FIRST_MS);
    else this.#ms = Math.max(this.#ms * (ms > this.#ms ? UP : DOWN), MIN_MS);
  }
}
