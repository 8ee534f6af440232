/**
 * RetryDelay: a delay that doubles each time, up to a maximum.
 * @module
 */

/** The delay until something is tried again. */
export class RetryDelay {
  readonly #firstMs: number;
  readonly #maxMs: number;
  #nextMs: number;

  constructor(firstMs: number, maxMs: number) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
    this.#nextMs = firstMs;
  }

  /** Returns the delay in milliseconds; the next one is twice as long. */
  next(): number {
    const delayMs = this.#nextMs;
    this.#nextMs = Math.min(delayMs * 2, this.#maxMs);
    return delayMs;
  }

  /** Begins again with the first delay. */
  reset(): void {
    this.#nextMs = this.#firstMs;
  }
}
