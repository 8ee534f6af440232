/**
 * Buckets: the upper bounds of a histogram's buckets, and BentoML's ways to make them.
 * @module
 */

/** The default bounds, in seconds: BentoML's (and Python's) for the durations of requests. */
export const DEFAULT_BUCKETS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/** The number of bounds before the last one, by BentoML's rule. */
const MAX_MADE = 100;

/** The most bounds that can be requested: each is a time series. */
const MAX_COUNT = 1000;

/**
 * Returns bounds that grow by a factor: `start`, `start * factor`, … below `end`, then `end`. By
 * BentoML's rule, each is the one before times the factor, unrounded, and `end` follows after at
 * most 100. The last argument is the largest bound. prom-client's function of this name takes the
 * number of bounds: that is `exponentialBucketsCount()`.
 *
 * @example
 * exponentialBuckets(1, 2, 10) // [1, 2, 4, 8, 10]
 *
 * @throws RangeError unless 0 < start < end and factor > 1
 */
export function exponentialBuckets(start: number, factor: number, end: number): number[] {
  const given = `exponentialBuckets(${start}, ${factor}, ${end})`;
  if (!(start > 0)) throw new RangeError(`${given}: the start must be above 0`);
  if (!(factor > 1)) throw new RangeError(`${given}: the factor must be above 1`);
  return madeBuckets(given, start, end, (bound) => bound * factor);
}

/**
 * Returns `count` bounds that grow by a factor: `start`, `start * factor`, `start * factor ** 2`,
 * …, like `exponentialBuckets()` of prom-client and of Prometheus's libraries for Go and Java.
 *
 * @example
 * exponentialBucketsCount(1, 2, 5) // [1, 2, 4, 8, 16]
 *
 * @throws RangeError unless start > 0, factor > 1 and count is a whole number from 1 up, or where
 *   the last bound would be infinite
 */
export function exponentialBucketsCount(start: number, factor: number, count: number): number[] {
  const given = `exponentialBucketsCount(${start}, ${factor}, ${count})`;
  if (!(start > 0)) throw new RangeError(`${given}: the start must be above 0`);
  if (!(factor > 1)) throw new RangeError(`${given}: the factor must be above 1`);
  if (!(Number.isSafeInteger(count) && count >= 1 && count <= MAX_COUNT)) {
    throw new RangeError(`${given}: the count must be a whole number from 1 to ${MAX_COUNT}`);
  }
  const bounds: number[] = [];
  for (let bound = start; bounds.length < count; bound *= factor) bounds.push(bound);
  if (bounds.at(-1) === Number.POSITIVE_INFINITY) {
    throw new RangeError(`${given}: the last bound would be infinite`);
  }
  if (bounds[1] === start) throw new RangeError(`${given}: the second bound is the first again`);
  return bounds;
}

/**
 * Returns bounds that are a step apart: `start`, `start + step`, … below `end`, then `end` itself,
 * which follows after at most 100.
 *
 * @example
 * linearBuckets(0, 5, 12) // [0, 5, 10, 12]
 *
 * @throws RangeError unless start < end and step > 0
 */
export function linearBuckets(start: number, step: number, end: number): number[] {
  const given = `linearBuckets(${start}, ${step}, ${end})`;
  if (!(step > 0)) throw new RangeError(`${given}: the step must be above 0`);
  return madeBuckets(given, start, end, (bound) => bound + step);
}

function madeBuckets(
  given: string,
  start: number,
  end: number,
  next: (bound: number) => number,
): number[] {
  if (!(start < end)) throw new RangeError(`${given}: the start must be below the end`);
  if (!Number.isFinite(start) || !Number.isFinite(end)) {
    throw new RangeError(`${given}: the start and the end must be finite`);
  }
  if (next(start) === start) throw new RangeError(`${given}: the second bound is the first again`);
  const bounds: number[] = [];
  for (let bound = start; bound < end && bounds.length < MAX_MADE; bound = next(bound)) {
    bounds.push(bound);
  }
  return [...bounds, end];
}

/**
 * Checks the bounds of a histogram, and removes +Inf, which every histogram has.
 *
 * @throws TypeError unless they are a list of numbers; RangeError if there are none, or if they are
 *   not finite or not ascending
 */
export function checkBuckets(metric: string, buckets: readonly number[]): readonly number[] {
  const fail = (why: string): never => {
    throw new RangeError(`Cannot give histogram "${metric}" the buckets [${buckets}]: ${why}`);
  };
  if (!Array.isArray(buckets) || buckets.some((bound) => typeof bound !== "number")) {
    throw new TypeError(`Cannot define histogram "${metric}": its buckets must be numbers`);
  }
  const finite = buckets.at(-1) === Number.POSITIVE_INFINITY ? buckets.slice(0, -1) : [...buckets];
  if (finite.length === 0) return fail("there must be at least one besides +Inf");
  const wrong = finite.find((bound) => !Number.isFinite(bound));
  if (wrong !== undefined) return fail(`they must be finite; only the last one may be +Inf`);
  const at = finite.findIndex((bound, index) => index > 0 && bound <= (finite[index - 1] ?? bound));
  if (at > 0) return fail(`they must ascend, but ${finite[at]} follows ${finite[at - 1]}`);
  return finite;
}
