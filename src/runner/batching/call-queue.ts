/**
 * CallQueue: the waiting calls of one method, in one queue for each key. Calls of one key can be
 * joined.
 * @module
 */

import type { Portion, QueuedCall } from "./queued-call.ts";

/** Queues, first in, first out, from which a call can be removed in constant time. */
export class CallQueue {
  readonly #queues = new Map<string, Set<QueuedCall>>();
  #rows = 0;
  #calls = 0;

  /** The number of rows of all waiting calls. */
  get rows(): number {
    return this.#rows;
  }

  /** The number of waiting calls, including those of which some rows have been sent. */
  get calls(): number {
    return this.#calls;
  }

  /** The arrival of the oldest call, in milliseconds of the clock; Infinity when none waits. */
  get oldestAt(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const queue of this.#queues.values()) oldest = Math.min(oldest, arrivalOf(queue));
    return oldest;
  }

  add(call: QueuedCall): void {
    const queue = this.#queues.get(call.key) ?? new Set();
    this.#queues.set(call.key, queue.add(call));
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

  /** Removes a call. Returns false if it was not in a queue. */
  leave(call: QueuedCall): boolean {
    const queue = this.#queues.get(call.key);
    if (!queue?.delete(call)) return false;
    if (queue.size === 0) this.#queues.delete(call.key);
    this.#rows -= call.rows;
    this.#calls -= 1;
    return true;
  }

  /** Returns the queues, the one whose first call has waited longest first. */
  queues(): Iterable<QueuedCall>[] {
    return [...this.#queues.values()].sort((one, other) => arrivalOf(one) - arrivalOf(other));
  }

  /** Returns every waiting call. */
  all(): QueuedCall[] {
    return [...this.#queues.values()].flatMap((queue) => [...queue]);
  }
}

/** Returns the arrival of the first call of a queue. */
function arrivalOf(queue: ReadonlySet<QueuedCall>): number {
  return queue.values().next().value?.enqueuedAt ?? Number.POSITIVE_INFINITY;
}
