/**
 * Cell: one value of a data frame or a series.
 * @module
 */

import type { DType } from "../tensor.ts";
import { converter, type Element, isFloat } from "./element.ts";

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

/** A cell as JSON has it: NaN and Infinity are missing, as in pandas. */
export function toJsonCell(cell: Cell): Cell {
  return isNonFinite(cell) ? null : cell;
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

function isNonFinite(cell: Cell): boolean {
  return typeof cell === "number" && !Number.isFinite(cell);
}

function toCell(element: Element, dtype: DType): Cell {
  if (dtype === "bool") return element !== 0;
  if (typeof element !== "bigint") return element;
  return Number.isSafeInteger(Number(element)) ? Number(element) : String(element);
}
