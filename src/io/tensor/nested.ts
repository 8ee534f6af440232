/**
 * Nested arrays, as in JSON, to a tensor and back.
 * @module
 */
import type { ServiceError } from "../../error.ts";
import { allocate, type DType, sizeOf, type Tensor, type TensorData } from "../../tensor.ts";
import { describe } from "../wording.ts";
import { NON_FINITE } from "./element.ts";
import { numberReader, otherReader, type RowReader, rowWriter } from "./element-row.ts";
import { MAX_AXES, misfit, ragged, tooManyAxes } from "./error.ts";

/** A tensor as nested arrays; a scalar is bare. */
export type Nested = number | boolean | string | Nested[];

/** The options of `fromNested()`. */
export interface NestedOptions {
  /** Refuse elements that would have to be cast: fractions for integers, numbers for `bool`. */
  readonly enforceDtype?: boolean | undefined;
}

/**
 * Makes a tensor from nested arrays; a bare value is a scalar, of shape `[]`.
 *
 * Without a dtype, booleans make a `bool` tensor, strings a `string` tensor and numbers a `float64`
 * tensor, because a JavaScript number is a double: a narrower guess would depend on the values. If
 * the first is a BigInt, it is `int64`. Elements of two kinds are refused. An empty array is
 * `float64`, as in NumPy.
 *
 * With a dtype, elements are cast as NumPy's `astype` does: fractions are truncated for integers,
 * booleans are 0 and 1, a number other than 0 is true. `enforceDtype` refuses all of these, and
 * numbers that become infinite as `float32` or `float16`. Always refused are integers out of range,
 * numbers beyond a double (`1e400`, which `JSON.parse` reads as Infinity), and values of other
 * types. As in protobuf's JSON mapping (https://protobuf.dev/programming-guides/json/), `"NaN"`,
 * `"Infinity"` and `"-Infinity"` are floats, and 64-bit integers may be BigInts or strings of
 * digits; as numbers they must be within ±(2^53-1), beyond which JSON has lost digits already.
 *
 * @throws ServiceError `invalid_argument` with the index path of an array of another length or of
 *   an element that does not fit, and for more than 32 axes
 */
export function fromNested<D extends DType = DType>(
  value: unknown,
  dtype?: D,
  options: NestedOptions = {},
): Tensor<D> {
  const shape = shapeOf(value);
  // Before the data is allocated: one long row and a million short ones would need terabytes.
  requireRectangular(value, shape);
  const made = dtype ?? (inferDType(value) as D);
  const enforce = dtype === undefined || options.enforceDtype === true;
  const data = allocate(made, sizeOf(shape));
  const bad = fillAll(data, made, enforce, value, shape.length);
  if (bad >= 0) throw misfitAt(value, pathTo(bad, shape), made, dtype === undefined);
  return { dtype: made, shape, data };
}

/**
 * Returns a tensor as nested arrays for JSON. Booleans are `true` and `false`; 64-bit integers are
 * numbers within ±(2^53-1), or else strings of digits; floats that are not finite are the strings
 * `"NaN"`, `"Infinity"` and `"-Infinity"`. Other floats are doubles with all their digits: the
 * `float32` 0.1 is 0.10000000149011612. `JSON.stringify` drops the sign of -0.
 */
export function toNested({ dtype, shape, data }: Tensor): Nested {
  return nest(shape, rowWriter(dtype, data)) as Nested;
}

/** Returns rows in nested arrays of a shape; a scalar without an array. */
export function nest<T>(
  shape: readonly number[],
  rowOf: (begin: number, end: number) => readonly T[],
): unknown {
  if (shape.length === 0) return rowOf(0, 1)[0];
  let at = 0;
  const build = (axis: number): unknown => {
    const length = shape[axis] ?? 0;
    if (axis === shape.length - 1) {
      at += length;
      return rowOf(at - length, at);
    }
    return Array.from({ length }, () => build(axis + 1));
  };
  return build(0);
}

/** Returns the lengths along the first element of every axis. */
function shapeOf(value: unknown): number[] {
  const shape: number[] = [];
  for (let inner = value; Array.isArray(inner); inner = inner[0]) {
    if (shape.length === MAX_AXES) throw tooManyAxes();
    shape.push(inner.length);
  }
  return shape;
}

function requireRectangular(value: unknown, shape: readonly number[]): void {
  const path = raggedPath(value, shape, 1);
  if (path === undefined) return;
  throw ragged(path, shape[path.length] ?? 0, describe(elementAt(value, path)));
}

/** Returns the path of an array of another length than the first on its axis, or of no array. */
function raggedPath(value: unknown, shape: readonly number[], axis: number): number[] | undefined {
  const length = shape[axis];
  if (length === undefined) return undefined;
  const rows = value as readonly unknown[];
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at];
    if (!Array.isArray(row) || row.length !== length) return [at];
    const inside = raggedPath(row, shape, axis + 1);
    if (inside !== undefined) return [at, ...inside];
  }
  return undefined;
}

/** Infers the dtype from the first unambiguous element: `"NaN"` may be a string or a float. */
function inferDType(value: unknown): DType {
  const leaf = firstUnambiguous(value);
  if (typeof leaf === "boolean") return "bool";
  if (typeof leaf === "bigint") return "int64";
  return typeof leaf === "string" ? "string" : "float64";
}

function firstUnambiguous(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  let found: unknown;
  for (const child of value) {
    found = firstUnambiguous(child) ?? found;
    if (found !== undefined && !NON_FINITE.has(found)) break;
  }
  return found;
}

/** Fills `data` in one pass; returns the index of the first element that does not fit, or -1. */
function fillAll(
  data: TensorData[DType],
  dtype: DType,
  enforce: boolean,
  value: unknown,
  axes: number,
): number {
  if (Array.isArray(data) || data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return fill(value, axes, otherReader(data, dtype, enforce));
  }
  // Through one kind of array for every dtype, for which engines compile one fast loop; `set`
  // then converts natively. Elements that were checked to fit the dtype lose no digits.
  const numbers = data instanceof Float64Array ? data : new Float64Array(data.length);
  const bad = fill(value, axes, numberReader(numbers, dtype, enforce));
  if (numbers !== data) data.set(numbers);
  return bad;
}

function fill(value: unknown, axes: number, readRow: RowReader): number {
  if (axes === 0) return readRow([value], 0);
  let at = 0;
  const visit = (rows: readonly unknown[], axis: number): number => {
    if (axis === axes - 1) {
      const bad = readRow(rows, at);
      if (bad >= 0) return at + bad;
      at += rows.length;
      return -1;
    }
    for (let row = 0; row < rows.length; row++) {
      const bad = visit(rows[row] as readonly unknown[], axis + 1);
      if (bad >= 0) return bad;
    }
    return -1;
  };
  return visit(value as readonly unknown[], 0);
}

/** Returns the index of an element along every axis. */
function pathTo(index: number, shape: readonly number[]): number[] {
  let rest = index;
  const reversed = shape.toReversed().map((length) => {
    const along = rest % length;
    rest = Math.floor(rest / length);
    return along;
  });
  return reversed.reverse();
}

function elementAt(value: unknown, path: readonly number[]): unknown {
  return path.reduce<unknown>((inner, at) => (inner as readonly unknown[])[at], value);
}

function misfitAt(
  value: unknown,
  path: readonly number[],
  dtype: DType,
  inferred: boolean,
): ServiceError {
  return misfit({ path, dtype, inferred, found: describe(elementAt(value, path)) });
}
