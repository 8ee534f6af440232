/**
 * LatencyRecord: the latencies of any number of calls in bounded memory. Quantiles are exact to
 * 1 %; the least, the greatest and the mean are exact.
 * @module
 */

/** The shortest latency that is told apart, in milliseconds. */
const LEAST_MS = 0.001;
/** How much longer the latencies of a class may be than those of the class below. */
const STEP = 1.01;
/** The longest latency that is told apart: an hour. */
const CLASSES = Math.ceil(Math.log(3_600_000 / LEAST_MS) / Math.log(STEP)) + 1;

/** A class of latencies, and how many there were. */
export interface LatencyClass {
  /** The longest latency of the class, in milliseconds. */
  readonly mostMs: number;
  readonly count: number;
}

/** Counts latencies by classes that grow by 1 %. */
export class LatencyRecord {
  readonly #counts = new Float64Array(CLASSES);
  #count = 0;
  #sumMs = 0;
  #minMs = Number.POSITIVE_INFINITY;
  #maxMs = 0;

  /** Adds a latency in milliseconds. */
  add(ms: number): void {
    const at = classOf(ms);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#count += 1;
    this.#sumMs += ms;
    this.#minMs = Math.min(this.#minMs, ms);
    this.#maxMs = Math.max(this.#maxMs, ms);
  }

  get count(): number {
    return this.#count;
  }

  /** The mean, in milliseconds; NaN without latencies. */
  get meanMs(): number {
    return this.#sumMs / this.#count;
  }

  /** The shortest, in milliseconds; NaN without latencies. */
  get minMs(): number {
    return this.#count === 0 ? Number.NaN : this.#minMs;
  }

  /** The longest, in milliseconds; NaN without latencies. */
  get maxMs(): number {
    return this.#count === 0 ? Number.NaN : this.#maxMs;
  }

  /**
   * Returns a quantile by the nearest rank, in milliseconds; NaN without latencies.
   *
   * @param share from 0 to 1
   */
  quantileMs(share: number): number {
    if (this.#count === 0) return Number.NaN;
    let left = Math.max(1, Math.ceil(share * this.#count));
    // The last class has all that are longer.
    if (left === this.#count) return this.#maxMs;
    for (const { mostMs, count } of this.classes()) {
      left -= count;
      if (left <= 0) return Math.min(Math.max(mostMs, this.#minMs), this.#maxMs);
    }
    return this.#maxMs;
  }

  /** Returns the classes that have latencies, the shortest first. */
  *classes(): Generator<LatencyClass> {
    for (const [at, count] of this.#counts.entries()) {
      if (count > 0) yield { mostMs: LEAST_MS * STEP ** at, count };
    }
  }
}

function classOf(ms: number): number {
  if (ms <= LEAST_MS) return 0;
  return Math.min(CLASSES - 1, Math.ceil(Math.log(ms / LEAST_MS) / Math.log(STEP)));
}
