/**
 * Cell: one value of a data frame or a series.
 * @module
 */

import type { DType } from "../../tensor.ts";
import { converter, type Element, isFloat } from "../tensor/element.ts";

/** One value of a data frame or a series; `null` is a missing one. */
export type Cell = string | number | boolean | null;

/** The cells of a dtype; 64-bit integers beyond 2^53-1 are strings of digits. */
export type CellOf<D extends DType> = D extends "string"
  ? string | null
  : D extends "bool"
    ? boolean | null
    : D extends "int64" | "uint64"
      ? number | string | null
      : number | null;

/** True for a value that a cell can hold. */
export function isCell(value: unknown): value is Cell {
  return (
    value === null ||
    typeof value === "string" ||
    typeof value === "number" ||
    typeof value === "boolean"
  );
}

/** Integers beyond ±(2^53-1) as cells have them. Longer ones would take too long to convert. */
const LONG_DIGITS = /^-?[1-9]\d{15,99}$/;
/** What a cell of a column of 64-bit integers may be, too. */
const DIGITS = /^-?\d{1,20}$/;

/**
 * The cells of a column as JSON has them. NaN and Infinity are missing, as in pandas. Strings of
 * digits are integers in a column of the dtype `int64` or `uint64`; without a dtype, in one that
 * has numbers and no other text than integers beyond ±(2^53-1), which is how those are read.
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

/** The strings that are integers, where there are any. */
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
 * Converts cells to a dtype: as `fromNested` does, and numbers and booleans to text for `string`.
 * Missing cells stay missing, and NaN and Infinity as floats what they are; 64-bit integers beyond
 * 2^53-1 are strings.
 *
 * @param enforce refuse what would have to be cast
 * @returns the cells, or the index of the first that does not fit
 */
export function castCells<D extends DType>(
  cells: readonly Cell[],
  dtype: D,
  enforce: boolean,
): CellOf<D>[] | number {
  const convert = converter(dtype, enforce);
  // Those of JSON have been refused; in CSV, by gRPC and from a handler, they were meant.
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

/** Returns true if all cells are of a dtype as they are. */
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
