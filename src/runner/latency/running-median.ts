/**
 * RunningMedian: the median of the last few numbers.
 * @module
 */

/** The last numbers, as many as its capacity, with their median. */
export class RunningMedian {
  /** In the order of their arrival, as a ring. */
  readonly #ring: Float64Array;
  /** In ascending order, so that the median is at hand. */
  readonly #sorted: Float64Array;
  #count = 0;
  #next = 0;

  constructor(capacity: number) {
    this.#ring = new Float64Array(capacity);
    this.#sorted = new Float64Array(capacity);
  }

  /** The number of values. */
  get count(): number {
    return this.#count;
  }

  /** The median; of an even number of values the lower one, as a late value is more common. */
  get median(): number {
    return this.#sorted[(this.#count - 1) >> 1] ?? 0;
  }

  /** Adds a value; if there are too many, in the place of the oldest one. */
  add(value: number): void {
    const position = this.#next;
    this.#next = position + 1 === this.#ring.length ? 0 : position + 1;
    if (this.#count === this.#ring.length) this.#remove(this.#ring[position] ?? 0);
    this.#insert(value);
    this.#ring[position] = value;
  }

  /** Multiplies every value by a number that is not negative. */
  scale(factor: number): void {
    for (let at = 0; at < this.#ring.length; at++) {
      this.#ring[at] = (this.#ring[at] ?? 0) * factor;
      this.#sorted[at] = (this.#sorted[at] ?? 0) * factor;
    }
  }

  /** Keeps only the median, which counts as some values, so that others soon outweigh it. */
  shrink(count: number): void {
    this.fill(this.median, count);
  }

  /** Replaces all values by some of one value. */
  fill(value: number, count: number): void {
    this.#count = 0;
    this.#next = 0;
    for (let at = 0; at < count; at++) this.add(value);
  }

  #insert(value: number): void {
    const sorted = this.#sorted;
    let at = this.#count;
    for (; at > 0 && (sorted[at - 1] ?? 0) > value; at--) sorted[at] = sorted[at - 1] ?? 0;
    sorted[at] = value;
    this.#count += 1;
  }

  #remove(value: number): void {
    const sorted = this.#sorted;
    let at = 0;
    while (at < this.#count && (sorted[at] ?? 0) < value) at++;
    this.#count -= 1;
    for (; at < this.#count; at++) sorted[at] = sorted[at + 1] ?? 0;
  }
}
