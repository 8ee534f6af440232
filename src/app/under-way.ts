/**
 * UnderWay: the number of requests under way.
 * @module
 */

import type { Clock } from "../clock.ts";

/** The requests under way. */
export class UnderWay {
  #count = 0;
  #onNone: (() => void) | undefined;

  add(): void {
    this.#count += 1;
  }

  remove(): void {
    this.#count -= 1;
    if (this.#count === 0) this.#onNone?.();
  }

  /** Resolves when no request is under way, or when the time is over. */
  async none(clock: Clock, timeoutMs: number): Promise<void> {
    if (this.#count === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onNone = resolve;
    const cancelTimer = clock.after(timeoutMs, resolve);
    await promise;
    cancelTimer();
  }
}
