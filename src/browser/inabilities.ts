/**
 * Inabilities: the kinds of calls that this browser could not answer and the server could.
 * @module
 */

import { RetryDelay } from "../retry-delay.ts";

/** The time until such a call is tried here again. It doubles up to the maximum. */
const FIRST_RETRY_MS = 60_000;
const MAX_RETRY_MS = 15 * 60_000;

interface Learned {
  readonly reason: string;
  readonly delay: RetryDelay;
  readonly untilMs: number;
}

/** The calls that this browser cannot answer, by their kind. */
export class Inabilities {
  readonly #learned = new Map<string, Learned>();

  /** Records that a call could not be answered here. */
  add(kind: string, reason: string, nowMs: number): void {
    const delay = this.#learned.get(kind)?.delay ?? new RetryDelay(FIRST_RETRY_MS, MAX_RETRY_MS);
    this.#learned.set(kind, { reason, delay, untilMs: nowMs + delay.next() });
  }

  /** Returns the reason why a call is not to be tried here now; `undefined` if it may be. */
  reason(kind: string, nowMs: number): string | undefined {
    const learned = this.#learned.get(kind);
    return learned !== undefined && nowMs < learned.untilMs ? learned.reason : undefined;
  }

  /** Records that a call was answered here. */
  remove(kind: string): void {
    this.#learned.delete(kind);
  }
}
