/**
 * Compares the outputs of one model on two backends, which round differently.
 * @module
 */

import { type DType, formatShape, sizeOf, type Tensor } from "../../tensor.ts";

/** The largest difference of two numbers. */
export interface Tolerance {
  /** Relative to the number. */
  readonly element: number;
  /** Relative to the largest number of its row. */
  readonly row: number;
}

/** Float32, added up in another order. A GPU also has other functions, such as for `exp`. */
export const FLOAT32: Tolerance = { element: 2e-3, row: 2e-4 };
/** Float16 has 11 bits; many layers of it lose some of them. */
export const FLOAT16: Tolerance = { element: 5e-2, row: 2e-2 };

/** The part of whole numbers that may differ: two equal scores, a rounded half. */
const WHOLE_NUMBERS = 0.01;

const FLOATS: ReadonlySet<DType> = new Set(["float16", "float32", "float64"]);

/**
 * Returns the first difference between two sets of outputs, such as `its output "y" was NaN instead
 * of 1.5`; `undefined` if there is none. NaN and infinite numbers must be in the same places.
 */
export function difference(
  expected: Readonly<Record<string, Tensor>>,
  found: Readonly<Record<string, Tensor>>,
  tolerance: Tolerance,
): string | undefined {
  for (const [name, tensor] of Object.entries(expected)) {
    const other = found[name];
    const words = other === undefined ? "is missing" : between(tensor, other, tolerance);
    if (words !== undefined) return `its output "${name}" ${words}`;
  }
  return undefined;
}

function between(expected: Tensor, found: Tensor, tolerance: Tolerance): string | undefined {
  const [one, other] = [expected, found].map(
    ({ dtype, shape }) => `${dtype} ${formatShape(shape)}`,
  );
  if (one !== other) return `was ${other} instead of ${one}`;
  if (FLOATS.has(expected.dtype)) return betweenFloats(expected, found, tolerance);
  const [a, b] = [expected.data, found.data] as [ArrayLike<unknown>, ArrayLike<unknown>];
  let differing = 0;
  for (let at = 0; at < a.length; at++) {
    if (a[at] !== b[at]) differing += 1;
  }
  if (differing <= a.length * WHOLE_NUMBERS) return undefined;
  return `differed in ${differing} of ${a.length} elements`;
}

function betweenFloats(
  { shape, data, dtype }: Tensor,
  found: Tensor,
  tolerance: Tolerance,
): string | undefined {
  const { element, row } = dtype === "float16" ? FLOAT16 : tolerance;
  const [a, b] = [data as Float32Array, found.data as Float32Array];
  const length = Math.max(1, sizeOf(shape.slice(1)));
  for (let begin = 0; begin < a.length; begin += length) {
    const largest = largestOf(a.subarray(begin, begin + length));
    for (let at = begin; at < begin + length && at < a.length; at++) {
      const [x = 0, y = 0] = [a[at], b[at]];
      if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
      const allowed = element * Math.abs(x) + row * largest;
      if (Number.isFinite(x) && Math.abs(x - y) <= allowed) continue;
      return `was ${y.toPrecision(4)} instead of ${x.toPrecision(4)}`;
    }
  }
  return undefined;
}

/** Returns the largest absolute value of the finite numbers. */
function largestOf(data: Float32Array): number {
  let largest = 0;
  for (const value of data) {
    const size = Math.abs(value);
    if (size > largest && Number.isFinite(size)) largest = size;
  }
  return largest;
}
