/**
 * VirtualClock: the time of a simulation. It advances from event to event, so that an hour takes as
 * long as its events take to run.
 * @module
 */

import type { Clock } from "../clock.ts";

/** A scheduled event. */
interface Entry {
  readonly at: number;
  /** Events at the same time run in the order in which they were scheduled. */
  readonly order: number;
  readonly isTimer: boolean;
  /** `undefined` once cancelled. */
  callback: (() => void) | undefined;
}

/** The most timers in a row without another event: more would be an endless loop. */
const MAX_TIMERS_IN_A_ROW = 100_000;

/** A clock with its events in a binary heap, the next one first. */
export class VirtualClock implements Clock {
  readonly #heap: Entry[] = [];
  #now = 0;
  #order = 0;
  #cancelled = 0;
  #timersInARow = 0;

  now(): number {
    return this.#now;
  }

  /** As `setTimeout()` of Bun and Node does: after whole milliseconds, rounded down, 1 at least. */
  after(ms: number, callback: () => void): () => void {
    const entry = this.#add(this.#now + Math.max(1, Math.trunc(ms)), true, callback);
    return () => this.#cancel(entry);
  }

  /** Calls `callback` at exactly this time, or now if that is past. */
  at(moment: number, callback: () => void): void {
    this.#add(Math.max(this.#now, moment), false, callback);
  }

  /**
   * Advances to the next event and runs it. Returns false when there is none.
   *
   * @throws Error after 100,000 timers in a row, which would never end
   */
  step(): boolean {
    for (let entry = this.#takeFirst(); entry !== undefined; entry = this.#takeFirst()) {
      const { callback } = entry;
      if (callback !== undefined) {
        entry.callback = undefined;
        this.#goTo(entry);
        callback();
        return true;
      }
      this.#cancelled -= 1;
    }
    return false;
  }

  #goTo({ at, isTimer }: Entry): void {
    this.#now = at;
    this.#timersInARow = isTimer ? this.#timersInARow + 1 : 0;
    if (this.#timersInARow <= MAX_TIMERS_IN_A_ROW) return;
    throw new Error(`Nothing but ${MAX_TIMERS_IN_A_ROW} timers happened until ${at} ms`);
  }

  #add(at: number, isTimer: boolean, callback: () => void): Entry {
    const entry: Entry = { at, order: this.#order++, isTimer, callback };
    this.#heap.push(entry);
    this.#rise(this.#heap.length - 1);
    return entry;
  }

  /** Cancels an event. It stays in the heap until it is due, or half of the heap is canceled. */
  #cancel(entry: Entry): void {
    if (entry.callback === undefined) return;
    entry.callback = undefined;
    this.#cancelled += 1;
    if (this.#cancelled * 2 <= this.#heap.length || this.#heap.length < 64) return;
    const live = this.#heap.filter(({ callback }) => callback !== undefined).sort(compare);
    this.#heap.splice(0, this.#heap.length, ...live);
    this.#cancelled = 0;
  }

  #takeFirst(): Entry | undefined {
    const [first] = this.#heap;
    const last = this.#heap.pop();
    if (last !== undefined && last !== first) {
      this.#heap[0] = last;
      this.#sink();
    }
    return first;
  }

  /** Moves an entry up to its place: those above it move down. */
  #rise(from: number): void {
    const heap = this.#heap;
    const entry = heap[from] as Entry; // the one that was added
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Entry; // its index is smaller
      if (compare(above, entry) <= 0) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  /** Moves the first entry down to its place: those below it move up. */
  #sink(): void {
    const heap = this.#heap;
    const entry = heap[0] as Entry; // only called with entries
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      let below = heap[child];
      if (below === undefined) break;
      const other = heap[child + 1];
      if (other !== undefined && compare(other, below) < 0) {
        child += 1;
        below = other;
      }
      if (compare(entry, below) <= 0) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = entry;
  }
}

function compare(one: Entry, other: Entry): number {
  return one.at - other.at || one.order - other.order;
}
