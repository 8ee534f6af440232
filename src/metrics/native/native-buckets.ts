/**
 * NativeBuckets: the sparse, exponential buckets of one native histogram.
 * @module
 */

import { checkCount, checkOptions } from "../../check.ts";
import { bucketIndex, MAX_SCHEMA, MIN_SCHEMA, widerIndex } from "./native-index.ts";

/** The resolution of a native histogram. */
export interface NativeOptions {
  /**
   * A whole number from -4 to 8: the bound of each bucket is 2^(2^-schema) times that of the one
   * before. Default 3, a growth of 9 %.
   */
  readonly schema: number;
  /** The most buckets. Beyond that, all are made twice as wide. Default 160. */
  readonly maxBuckets: number;
}

/** The counts of buckets, by ascending index, as plain data. */
export type BucketCounts = readonly (readonly [index: number, count: number])[];

/** The counts of a native histogram, as plain data. */
export interface NativeCounts {
  readonly schema: number;
  /** The number of values from -ZERO_THRESHOLD to ZERO_THRESHOLD. */
  readonly zeroCount: number;
  readonly positive: BucketCounts;
  /** By the values' magnitude. */
  readonly negative: BucketCounts;
}

/** 2^-128, a bound at every schema: client_golang's default. */
export const ZERO_THRESHOLD: number = 2 ** -128;

/**
 * Checks and completes the options of a native histogram. Returns `undefined` for false.
 *
 * @throws RangeError for a schema that Prometheus does not have, or for no buckets
 */
export function checkNative(options: boolean | Partial<NativeOptions>): NativeOptions | undefined {
  if (options === false) return undefined;
  if (options !== true)
    checkOptions("Cannot define a native histogram", options, ["schema", "maxBuckets"]);
  const { schema = 3, maxBuckets = 160 } = options === true ? {} : options;
  if (!Number.isInteger(schema) || schema < MIN_SCHEMA || schema > MAX_SCHEMA) {
    throw new RangeError(
      `"native.schema" must be a whole number from ${MIN_SCHEMA} to ${MAX_SCHEMA}, ` +
        `but was ${schema}`,
    );
  }
  return { schema, maxBuckets: checkCount("native.maxBuckets", maxBuckets) };
}

/** Counts values in the buckets of a native histogram. */
export class NativeBuckets {
  readonly #maxBuckets: number;
  #schema: number;
  #zeroCount = 0;
  #positive = new Map<number, number>();
  #negative = new Map<number, number>();

  constructor({ schema, maxBuckets }: NativeOptions) {
    this.#schema = schema;
    this.#maxBuckets = maxBuckets;
  }

  /** Counts a value that is not NaN. */
  add(value: number): void {
    const magnitude = Math.abs(value);
    if (magnitude <= ZERO_THRESHOLD) {
      this.#zeroCount += 1;
      return;
    }
    const counts = value > 0 ? this.#positive : this.#negative;
    const index = bucketIndex(magnitude, this.#schema);
    const before = counts.get(index);
    counts.set(index, (before ?? 0) + 1);
    if (before === undefined) this.#limit();
  }

  /** Adds the counts of another. Both then have the coarser schema of the two. */
  merge({ schema, zeroCount, positive, negative }: NativeCounts): void {
    while (this.#schema > schema) this.#widen();
    this.#zeroCount += zeroCount;
    addAll(this.#positive, positive, schema - this.#schema);
    addAll(this.#negative, negative, schema - this.#schema);
    this.#limit();
  }

  /** Returns the counts. */
  counts(): NativeCounts {
    return {
      schema: this.#schema,
      zeroCount: this.#zeroCount,
      positive: sorted(this.#positive),
      negative: sorted(this.#negative),
    };
  }

  /** Widens the buckets to the limit. At the coarsest schema, there are at most 146. */
  #limit(): void {
    const tooMany = (): boolean => this.#positive.size + this.#negative.size > this.#maxBuckets;
    while (tooMany() && this.#schema > MIN_SCHEMA) this.#widen();
  }

  #widen(): void {
    this.#schema -= 1;
    this.#positive = widened(this.#positive);
    this.#negative = widened(this.#negative);
  }
}

function widened(counts: ReadonlyMap<number, number>): Map<number, number> {
  const wider = new Map<number, number>();
  addAll(wider, counts, 1);
  return wider;
}

/** Adds counts whose schema is finer by `steps`. */
function addAll(
  to: Map<number, number>,
  counts: Iterable<readonly [number, number]>,
  steps: number,
): void {
  for (const [index, count] of counts) {
    let wider = index;
    for (let step = 0; step < steps; step += 1) wider = widerIndex(wider);
    to.set(wider, (to.get(wider) ?? 0) + count);
  }
}

function sorted(counts: ReadonlyMap<number, number>): BucketCounts {
  return [...counts].sort(([one], [other]) => one - other);
}
