/**
 * Compares the answer to a call alone with the answer to the same call in a batch. For another
 * number of rows, ONNX Runtime may add in another order: numbers differ in their last digits.
 * @module
 */

import { type DType, elements, sizeOf, type Tensor } from "../../tensor.ts";

/** The largest difference: relative to the element, and to the largest one of its row. */
interface Tolerance {
  readonly element: number;
  readonly row: number;
}

const TOLERANCES: Partial<Record<DType, Tolerance>> = {
  float16: { element: 2e-2, row: 4e-3 },
  float32: { element: 2e-4, row: 1e-5 },
  float64: { element: 1e-5, row: 1e-6 },
};

/** Rounding errors of large inputs are larger after an exponential function. */
const LARGE_FACTOR = 100;

/**
 * Returns true for two tensors that are equal, within a tolerance if their elements are not whole
 * numbers. NaN equals NaN: a model that answers it alone may answer it in a batch.
 *
 * @param axis the axis that holds the rows, if any
 */
export function isSame(
  one: Tensor,
  other: Tensor,
  axis: number | undefined,
  isLarge = false,
): boolean {
  if (one.dtype !== other.dtype || one.shape.length !== other.shape.length) return false;
  if (!one.shape.every((length, at) => length === other.shape[at])) return false;
  const tolerance = TOLERANCES[one.dtype];
  if (tolerance === undefined) {
    return [...one.data].every((value, at) => value === other.data[at]);
  }
  const factor = isLarge ? LARGE_FACTOR : 1;
  const a = one.data as Float32Array;
  const b = other.data as Float32Array;
  const length = axis === 0 ? sizeOf(one.shape.slice(1)) : a.length;
  for (let begin = 0; begin < a.length; begin += length) {
    const largest = largestOf(a, begin, begin + length);
    for (let at = begin; at < begin + length; at++) {
      const [x = 0, y = 0] = [a[at], b[at]];
      if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
      const allowed = factor * (tolerance.element * Math.abs(x) + tolerance.row * largest);
      if (!(Math.abs(x - y) <= allowed)) return false;
    }
  }
  return true;
}

function largestOf(data: Float32Array, begin: number, end: number): number {
  let largest = 0;
  for (let at = begin; at < end; at++) {
    const size = Math.abs(data[at] ?? 0);
    if (size > largest && Number.isFinite(size)) largest = size;
  }
  return largest;
}

/** Returns true if some finite numbers of the answers differ: otherwise a trial shows nothing. */
export function varies(answers: readonly Tensor[]): boolean {
  const [first, ...others] = answers;
  if (first === undefined) return false;
  return others.some((other) => {
    const length = Math.min(first.data.length, other.data.length);
    const a = elements(first.data, 0, length);
    const b = elements(other.data, 0, length);
    return [...a].some(
      (value, at) => isFiniteValue(value) && isFiniteValue(b[at]) && value !== b[at],
    );
  });
}

function isFiniteValue(value: unknown): boolean {
  return typeof value !== "number" || Number.isFinite(value);
}
