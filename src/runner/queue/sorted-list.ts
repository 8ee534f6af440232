/**
 * SortedList: items in order, with the sum of their units.
 * @module
 */

/** An item whose units are summed up. */
export interface Counted {
  readonly units: number;
}

/** A call that is ordered by its deadline. */
export interface Queued extends Counted {
  /** The rows that wait, times the weight of the heaviest of them. */
  readonly units: number;
  /** The time by which its batch must end, in milliseconds of the clock. */
  readonly deadlineAt: number;
  /** The number of its arrival: of equal deadlines, the first arrival comes first. */
  readonly order: number;
}

/** The most items in a chunk. Adding to a chunk or removing from it moves those behind. */
const MAX_CHUNK = 256;

interface Chunk<T> {
  readonly items: T[];
  units: number;
}

/**
 * A sorted list. Adding at its end and taking from its start take constant time; any other change
 * takes time by the number of chunks.
 */
export class SortedList<T extends Counted> {
  readonly #chunks: Chunk<T>[] = [];
  readonly #compare: (one: T, other: T) => number;
  /** The number of items. */
  size = 0;
  /** The units of all items. */
  units = 0;

  /** @param compare returns a negative number if the first item comes before the second */
  constructor(compare: (one: T, other: T) => number) {
    this.#compare = compare;
  }

  get first(): T | undefined {
    return this.#chunks[0]?.items[0];
  }

  get last(): T | undefined {
    return this.#chunks.at(-1)?.items.at(-1);
  }

  add(item: T): void {
    const { last } = this;
    const isLast = last === undefined || this.#compare(last, item) < 0;
    const at = isLast ? this.#chunks.length - 1 : this.#chunkAt(item);
    const chunk = this.#chunks[at];
    if (chunk === undefined || (isLast && chunk.items.length >= MAX_CHUNK)) {
      this.#chunks.push({ items: [item], units: item.units });
    } else {
      if (isLast) chunk.items.push(item);
      else chunk.items.splice(this.#placeOf(chunk.items, item), 0, item);
      chunk.units += item.units;
      if (chunk.items.length > MAX_CHUNK) this.#split(at, chunk);
    }
    this.size += 1;
    this.units += item.units;
  }

  /** Removes an item. Returns false if it is not in the list. */
  remove(item: T): boolean {
    const at = this.first === item ? 0 : this.#chunkAt(item);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return false;
    if (chunk.items[0] === item) chunk.items.shift();
    else {
      const place = this.#placeOf(chunk.items, item);
      if (chunk.items[place] !== item) return false;
      chunk.items.splice(place, 1);
    }
    if (chunk.items.length === 0) this.#chunks.splice(at, 1);
    this.#count(chunk, -item.units);
    this.size -= 1;
    if (this.size === 0) this.units = 0; // fractions are summed up with rounding errors
    return true;
  }

  /** Adds to the units of an item in the list, which are about to change by that much. */
  change(item: T, by: number): void {
    const chunk = this.#chunks[this.first === item ? 0 : this.#chunkAt(item)];
    if (chunk !== undefined) this.#count(chunk, by);
  }

  /** Returns the units of the items up to the first one for which a condition does not hold. */
  unitsWhile(holds: (item: T) => boolean): number {
    const { last } = this;
    if (last === undefined || holds(last)) return this.units;
    let units = 0;
    for (const chunk of this.#chunks) {
      if (holds(chunk.items.at(-1) as T)) {
        units += chunk.units;
        continue;
      }
      for (const item of chunk.items) {
        if (!holds(item)) return units;
        units += item.units;
      }
    }
    return units;
  }

  /** Returns the items in order. The list must not change meanwhile. */
  [Symbol.iterator](): Iterator<T, undefined> {
    const chunks = this.#chunks;
    let chunk = 0;
    let at = 0;
    // A generator would take several times as long.
    return {
      next(): IteratorResult<T, undefined> {
        for (; chunk < chunks.length; chunk++, at = 0) {
          const items = chunks[chunk]?.items ?? [];
          if (at < items.length) return { value: items[at++] as T, done: false };
        }
        return { value: undefined, done: true };
      },
    };
  }

  #count(chunk: Chunk<T>, by: number): void {
    chunk.units += by;
    this.units += by;
  }

  /** Returns the index of the first chunk that ends at or behind the place of an item. */
  #chunkAt(item: T): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const last = this.#chunks[middle]?.items.at(-1) as T;
      if (this.#compare(last, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Returns the index of an item in a sorted array, or at which it belongs. */
  #placeOf(items: readonly T[], item: T): number {
    let low = 0;
    let high = items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(items[middle] as T, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #split(at: number, chunk: Chunk<T>): void {
    const items = chunk.items.splice(MAX_CHUNK >> 1);
    const units = items.reduce((sum, item) => sum + item.units, 0);
    chunk.units -= units;
    this.#chunks.splice(at + 1, 0, { items, units });
  }
}

/** Orders calls by their deadlines, then by their arrival. */
export function byDeadline(one: Queued, other: Queued): number {
  if (one.deadlineAt < other.deadlineAt) return -1;
  if (one.deadlineAt > other.deadlineAt) return 1;
  return one.order - other.order;
}
