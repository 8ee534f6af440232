/**
 * CallQueue: the calls of one method that wait, in a line for each kind that can be joined.
 * @module
 */

import type { Job } from "./job.ts";
import type { Waiting } from "./policy.ts";

/** A call that waits. */
export interface Call extends Waiting {
  readonly job: Job;
  /** Calls of one key can be joined. */
  readonly key: string;
  /** Whether it is a part of a call that was larger than a batch. */
  readonly part: boolean;
  readonly signal: AbortSignal | undefined;
}

/** First in, first out in each line; a call may leave from anywhere at no cost. */
export class CallQueue {
  readonly #lines = new Map<string, Set<Call>>();
  #rows = 0;
  #calls = 0;

  /** The rows of all calls that wait. */
  get rows(): number {
    return this.#rows;
  }

  /** The calls that wait. */
  get calls(): number {
    return this.#calls;
  }

  /** When the first of all calls came; Infinity when none waits. */
  get oldestAt(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const line of this.#lines.values()) oldest = Math.min(oldest, since(line));
    return oldest;
  }

  add(call: Call): void {
    const line = this.#lines.get(call.key) ?? new Set();
    this.#lines.set(call.key, line.add(call));
    this.#rows += call.rows;
    this.#calls += 1;
  }

  /** Takes a call out. False when it was not in any more. */
  leave(call: Call): boolean {
    const line = this.#lines.get(call.key);
    if (!line?.delete(call)) return false;
    if (line.size === 0) this.#lines.delete(call.key);
    this.#rows -= call.rows;
    this.#calls -= 1;
    return true;
  }

  /** The lines, the one whose first call has waited longest first. */
  lines(): Iterable<Call>[] {
    return [...this.#lines.values()].sort((one, other) => since(one) - since(other));
  }

  /** Every call that waits. */
  all(): Call[] {
    return [...this.#lines.values()].flatMap((line) => [...line]);
  }
}

/** When the first call of a line came. */
function since(line: ReadonlySet<Call>): number {
  return line.values().next().value?.enqueuedAt ?? Number.POSITIVE_INFINITY;
}
