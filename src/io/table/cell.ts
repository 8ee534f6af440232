/**
 * Cell: one value of a data frame or a series.
 * @module
 */

import type { DType } from "../../tensor.ts";
import { converter, type Element, isFloat } from "../tensor/element.ts";

/** One value of a data frame or a series; `null` if it is missing. */
export type Cell = string | number | boolean | null;

/** The type of the cells of a dtype; 64-bit integers beyond 2^53-1 are strings of digits. */
export type CellOf<D extends DType> = D extends "string"
  ? string | null
  : D extends "bool"
    ? boolean | null
    : D extends "int64" | "uint64"
      ? number | string | null
      : number | null;

/** Returns true for a value that a cell can have. */
export function isCell(value: unknown): value is Cell {
  return (
    value === null ||
    typeof value === "string" ||
    typeof value === "number" ||
    typeof value === "boolean"
  );
}

/** The form of integers beyond ±(2^53-1) in cells; longer ones would take too long to convert. */
const LONG_DIGITS = /^-?[1-9]\d{15,99}$/;
/** The form of integers as text in a column of 64-bit integers. */
const DIGITS = /^-?\d{1,20}$/;

/**
 * Returns the cells of a column for JSON. NaN and Infinity are missing, as in pandas. Strings of
 * digits become integers in a column of the dtype `int64` or `uint64`; without a dtype, in a column
 * of numbers whose only texts are integers beyond ±(2^53-1), the form in which those are read.
 */
export function toJsonCells(
  cells: readonly Cell[],
  dtype?: DType | undefined,
): readonly (Cell | bigint)[] {
  const digits = digitsOf(cells, dtype);
  return cells.map((cell) => {
    if (typeof cell === "string" && digits?.test(cell) === true) return BigInt(cell);
    return isNonFinite(cell) ? null : cell;
  });
}

/** Returns the pattern of the strings that are integers; `undefined` if all strings are text. */
function digitsOf(cells: readonly Cell[], dtype: DType | undefined): RegExp | undefined {
  if (dtype !== undefined) return dtype === "int64" || dtype === "uint64" ? DIGITS : undefined;
  let hasNumber = false;
  let hasDigits = false;
  for (const cell of cells) {
    if (typeof cell === "number") hasNumber = true;
    else if (typeof cell === "string" && isLongInteger(cell)) hasDigits = true;
    else if (cell !== null) return undefined;
  }
  return hasNumber && hasDigits ? LONG_DIGITS : undefined;
}

function isLongInteger(text: string): boolean {
  return LONG_DIGITS.test(text) && !Number.isSafeInteger(Number(text));
}

/**
 * Converts cells to a dtype by the rules of `fromNested`, and numbers and booleans to text for
 * `string`. Missing cells stay missing, and NaN and Infinity stay as they are in floats; 64-bit
 * integers beyond 2^53-1 are strings.
 *
 * @param enforce refuse cells that would have to be cast
 * @returns the cells, or the index of the first that does not fit
 */
export function castCells<D extends DType>(
  cells: readonly Cell[],
  dtype: D,
  enforce: boolean,
): CellOf<D>[] | number {
  const convert = converter(dtype, enforce);
  // JSON with them has been refused already; in CSV, over gRPC and from a handler they are valid.
  const takesNonFinite = isFloat(dtype);
  const cast: Cell[] = [];
  for (const [at, cell] of cells.entries()) {
    if (cell === null || (takesNonFinite && isNonFinite(cell))) {
      cast.push(cell);
      continue;
    }
    const element = convert(dtype === "string" && !enforce ? String(cell) : cell);
    if (element === undefined) return at;
    cast.push(toCell(element, dtype));
  }
  return cast as CellOf<D>[];
}

/** Returns true if all cells are of a dtype without a cast. */
export function areOf(cells: readonly Cell[], dtype: DType): boolean {
  return Array.isArray(castCells(cells, dtype, true));
}

function isNonFinite(cell: Cell): boolean {
  return typeof cell === "number" && !Number.isFinite(cell);
}

function toCell(element: Element, dtype: DType): Cell {
  if (dtype === "bool") return element !== 0;
  if (typeof element !== "bigint") return element;
  return Number.isSafeInteger(Number(element)) ? Number(element) : String(element);
}
