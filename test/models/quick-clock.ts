/** A clock for downloads: waits between tries are over at once, and a stall when the test says. */
import type { Clock } from "../../src/clock.ts";

export const STALL_MS = 7777;

export class QuickClock implements Clock {
  /** The waits between tries, in milliseconds. */
  readonly waits: number[] = [];
  readonly #stalls = new Set<() => void>();

  now(): number {
    return 0;
  }

  after(ms: number, callback: () => void): () => void {
    if (ms === STALL_MS) {
      this.#stalls.add(callback);
      return () => void this.#stalls.delete(callback);
    }
    this.waits.push(ms);
    const timer = setImmediate(callback);
    return () => clearImmediate(timer);
  }

  /** Lets the time of all requests under way be over. */
  stall(): void {
    for (const callback of [...this.#stalls]) callback();
  }

  get pending(): number {
    return this.#stalls.size;
  }
}
