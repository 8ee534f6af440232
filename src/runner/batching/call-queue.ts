/**
 * CallQueue: the calls of one method that wait, in a line for each kind that can be joined.
 * @module
 */

import type { Portion, QueuedCall } from "./queued-call.ts";

/** First in, first out in each line; a call may leave from anywhere at no cost. */
export class CallQueue {
  readonly #lines = new Map<string, Set<QueuedCall>>();
  #rows = 0;
  #calls = 0;

  /** The rows of all calls that wait. */
  get rows(): number {
    return this.#rows;
  }

  /** The number of waiting calls, including those of which some rows have been sent. */
  get calls(): number {
    return this.#calls;
  }

  /** When the first of all calls came; Infinity when none waits. */
  get oldestAt(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const line of this.#lines.values()) oldest = Math.min(oldest, since(line));
    return oldest;
  }

  add(call: QueuedCall): void {
    const line = this.#lines.get(call.key) ?? new Set();
    this.#lines.set(call.key, line.add(call));
    this.#rows += call.rows;
    this.#calls += 1;
  }

  /** Takes the next rows of a call. The rest keeps its place. */
  take(call: QueuedCall, rows: number): Portion {
    if (rows === call.rows) {
      this.leave(call);
      return call.take(rows);
    }
    this.#rows -= rows;
    return call.take(rows);
  }

  /** Takes a call out. False when it was not in any more. */
  leave(call: QueuedCall): boolean {
    const line = this.#lines.get(call.key);
    if (!line?.delete(call)) return false;
    if (line.size === 0) this.#lines.delete(call.key);
    this.#rows -= call.rows;
    this.#calls -= 1;
    return true;
  }

  /** The lines, the one whose first call has waited longest first. */
  lines(): Iterable<QueuedCall>[] {
    return [...this.#lines.values()].sort((one, other) => since(one) - since(other));
  }

  /** Every call that waits. */
  all(): QueuedCall[] {
    return [...this.#lines.values()].flatMap((line) => [...line]);
  }
}

/** When the first call of a line came. */
function since(line: ReadonlySet<QueuedCall>): number {
  return line.values().next().value?.enqueuedAt ?? Number.POSITIVE_INFINITY;
}
