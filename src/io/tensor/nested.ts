/**
 * Nested arrays, as JSON writes them, to a tensor and back.
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

/** How elements are made to fit a dtype. */
export interface NestedOptions {
  /** Refuse what would have to be cast: a fraction for an integer dtype, a number for `bool`. */
  readonly enforceDtype?: boolean | undefined;
}

/**
 * Makes a tensor of nested arrays; a bare value is a scalar, of shape `[]`.
 *
 * Without a dtype, booleans make a `bool` tensor, strings a `string` tensor and numbers a
 * `float64` tensor, because a JavaScript number is a double: a guess at anything narrower would
 * change with the values. If the first is a BigInt, it is `int64`. Kinds do not mix. An empty
 * array is `float64`, as in NumPy.
 *
 * With a dtype, elements are cast as NumPy's `astype` does: fractions are truncated for integers,
 * booleans are 0 and 1, a number that is not 0 is true. `enforceDtype` refuses all of these, and
 * what becomes infinite as a `float32` or `float16`. Never taken are integers out of range, what
 * is not a number, numbers beyond a double (`1e400`, for `JSON.parse` Infinity), and anything but
 * strings for `string`. As in protobuf's JSON mapping
 * (https://protobuf.dev/programming-guides/json/), `"NaN"`, `"Infinity"` and `"-Infinity"` stand
 * for the floats JSON has no word for, and 64-bit integers may be BigInts or strings of digits; as
 * numbers they must be within ±(2^53-1), beyond which JSON has lost digits already.
 *
 * @throws ServiceError `invalid_argument` with the index path of what is ragged or does not fit,
 *   and for more than 32 axes
 */
export function fromNested<D extends DType = DType>(
  value: unknown,
  dtype?: D,
  options: NestedOptions = {},
): Tensor<D> {
  const shape = shapeOf(value);
  // Before anything is allocated: one long row and a million short ones would ask for terabytes.
  requireRectangular(value, shape);
  const made = dtype ?? (inferDType(value) as D);
  const enforce = dtype === undefined || options.enforceDtype === true;
  const data = allocate(made, sizeOf(shape));
  const bad = fillAll(data, made, enforce, value, shape.length);
  if (bad >= 0) throw misfitAt(value, pathTo(bad, shape), made, dtype === undefined);
  return { dtype: made, shape, data };
}

/**
 * A tensor as nested arrays that JSON can say. Booleans are `true` and `false`; 64-bit integers
 * are numbers within ±(2^53-1), else strings of digits; floats that are not finite are the
 * strings `"NaN"`, `"Infinity"` and `"-Infinity"`. Other floats are written as the doubles they
 * are, so that no digits are lost: the `float32` 0.1 is 0.10000000149011612. What is lost is the
 * sign of -0, which `JSON.stringify` writes as 0.
 */
export function toNested({ dtype, shape, data }: Tensor): Nested {
  return nest(shape, rowWriter(dtype, data)) as Nested;
}

/** Returns rows in arrays, as the shape says; a scalar as it is. */
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

/** The lengths along the first element of every axis. */
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

/** Where an array is of another length than the first on its axis, or is none. */
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

/** By the first element that tells: `"NaN"` may be a string or a float. */
function inferDType(value: unknown): DType {
  const leaf = firstTelling(value);
  if (typeof leaf === "boolean") return "bool";
  if (typeof leaf === "bigint") return "int64";
  return typeof leaf === "string" ? "string" : "float64";
}

function firstTelling(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  let found: unknown;
  for (const child of value) {
    found = firstTelling(child) ?? found;
    if (found !== undefined && !NON_FINITE.has(found)) break;
  }
  return found;
}

/** Fills `data` in one pass; the index of the first element that does not fit, or -1. */
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
  // Through one kind of array for every dtype, for which engines compile one tight loop; `set`
  // then converts natively. What has been checked to fit the dtype loses nothing on the way.
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

/** The index of an element along every axis. */
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
