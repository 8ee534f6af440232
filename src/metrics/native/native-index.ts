/**
 * The buckets of native histograms: the index of the bucket of a value.
 *
 * With base = 2^(2^-schema), bucket i covers (base^(i-1), base^i]: bucket 0 ends at 1, and each
 * power of two is a bound (https://prometheus.io/docs/specs/native_histograms/#schema).
 * @module
 */

/** The schema of the widest buckets: each bound is 65,536 times the one before. */
export const MIN_SCHEMA = -4;

/** The schema of the narrowest buckets: 256 from a power of two to the next. */
export const MAX_SCHEMA = 8;

const bits = new DataView(new ArrayBuffer(8));

/** For each schema above 0, the upper bounds of the buckets from 0.5 up to 1. */
const boundsBySchema = new Map<number, Float64Array>();

/**
 * Returns the index of the bucket of a value.
 *
 * @param value above 2^-1022; +Infinity has a bucket of its own, after that of the largest number
 */
export function bucketIndex(value: number, schema: number): number {
  if (value === Number.POSITIVE_INFINITY) return bucketIndex(Number.MAX_VALUE, schema) + 1;
  // value = fraction * 2^exponent with 0.5 <= fraction < 1, read from its bits: logarithms are
  // wrong at some powers of two.
  bits.setFloat64(0, value);
  const high = bits.getUint32(0);
  const exponent = (high >>> 20) - 1022;
  bits.setUint32(0, (high & 0xf_ffff) | (1022 << 20));
  const fraction = bits.getFloat64(0);
  if (schema <= 0) {
    // The least k with value <= 2^k, rounded up to a multiple of the width of a bucket.
    const power = fraction === 0.5 ? exponent - 1 : exponent;
    return (power + (1 << -schema) - 1) >> -schema;
  }
  const bounds = boundsOf(schema);
  let low = 0;
  let end = bounds.length;
  while (low < end) {
    const middle = (low + end) >> 1;
    if (fraction <= (bounds[middle] ?? 1)) end = middle;
    else low = middle + 1;
  }
  return low + (exponent - 1) * bounds.length;
}

/** Returns the index of a bucket when buckets are twice as wide: the schema less 1. */
export function widerIndex(index: number): number {
  return (index + 1) >> 1;
}

function boundsOf(schema: number): Float64Array {
  let bounds = boundsBySchema.get(schema);
  if (bounds === undefined) {
    bounds = makeBounds(schema);
    boundsBySchema.set(schema, bounds);
  }
  return bounds;
}

/** The number of fractional bits with which the bounds are computed. */
const PRECISION = 128n;

/**
 * Returns 2^(j / 2^schema) / 2 for each j below 2^schema, rounded down: a value is at most the
 * rounded bound exactly if it is at most the true one. It is computed in whole numbers, since
 * Math.pow differs between engines.
 */
function makeBounds(schema: number): Float64Array {
  // roots[k] = 2^(1 / 2^(k + 1))
  const roots: bigint[] = [];
  for (let root = 2n << PRECISION; roots.length < schema; roots.push(root)) {
    root = squareRoot(root << PRECISION);
  }
  return Float64Array.from({ length: 2 ** schema }, (_, j) => {
    const power = roots.reduce(
      (product, root, k) => ((j >> (schema - 1 - k)) & 1 ? (product * root) >> PRECISION : product),
      1n << PRECISION,
    );
    return Number(power >> (PRECISION - 52n)) * 2 ** -53;
  });
}

/** Returns the whole part of the square root, by Newton's method from above. */
function squareRoot(square: bigint): bigint {
  let root = square;
  for (;;) {
    const next = (root + square / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
