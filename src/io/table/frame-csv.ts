/**
 * Data frames as CSV, as pandas reads and writes them: with a header, and one type of values in
 * each column.
 * @module
 */
import { repeated } from "../../check.ts";
import type { DType } from "../../tensor.ts";
import { pythonFloat } from "../json/python-float.ts";
import type { Steps } from "../steps.ts";
import { isFloat } from "../tensor/element.ts";
import { quote } from "../wording.ts";
import type { Cell } from "./cell.ts";
import { badCsv, formatCsvRow, parseCsv, STEP_CELLS } from "./csv.ts";
import { cellsOfType, inferCells } from "./csv-cells.ts";
import { type DataFrame, MAX_CELLS, rowCount } from "./frame.ts";

type DTypes = Readonly<Record<string, DType>>;

/**
 * Parses CSV into a data frame as `pandas.read_csv` does by default (see `inferCells()`). A column
 * without a name is called `Unnamed: ` and its index, from 0.
 *
 * It differs from pandas on purpose. Rows of another length than the header, two columns with the
 * same name, open quotes and text after a quoted field are refused, while pandas fills up, renames
 * or joins. Whole numbers beyond int64 are exact beside any others. Doubles are the nearest to the
 * text, while pandas may be off by one unit in the last place.
 *
 * @param dtypes the dtypes of columns by name; see `cellsOfType()`
 * @param maxCells the most rows times columns
 * @throws ServiceError `invalid_argument` for invalid CSV, or for two columns with the same name;
 *   `payload_too_large` for too many columns or cells
 */
export function* frameOfCsv(
  text: string,
  dtypes: DTypes = {},
  maxCells: number = MAX_CELLS,
): Steps<DataFrame> {
  const { header, columns } = yield* parseCsv(text, maxCells);
  const names = header.map((name, at) => (name === "" ? `Unnamed: ${at}` : name));
  const double = repeated(names);
  if (double !== undefined) throw badCsv(`two columns have the name ${quote(double)}`);
  const data: (readonly Cell[])[] = [];
  for (const [at, name] of names.entries()) {
    const dtype = dtypeOf(dtypes, name);
    const fields = columns[at] ?? [];
    data.push(dtype === undefined ? yield* inferCells(fields) : cellsOfType(fields, dtype));
    yield;
  }
  return { columns: names, data };
}

/**
 * Writes a data frame as CSV, as pandas' `to_csv(index=False)` does. Missing cells and NaN are
 * empty fields. Numbers are written as doubles (`1.0`) in a column of a float dtype, and without a
 * dtype in a column with a fraction, an infinite number or a missing cell, as in pandas.
 */
export function* frameToCsv({ columns, data }: DataFrame, dtypes: DTypes = {}): Steps<string> {
  const lines = [formatCsvRow(columns)];
  const count = rowCount({ columns, data });
  const writers = data.map((cells, at) => writerOf(cells, dtypeOf(dtypes, columns[at] ?? "")));
  const stepRows = Math.ceil(STEP_CELLS / Math.max(1, columns.length));
  for (let row = 0; row < count; row++) {
    lines.push(formatCsvRow(data.map((cells, at) => writers[at]?.(cells[row] ?? null) ?? "")));
    if (row % stepRows === 0) yield;
  }
  return lines.join("");
}

function dtypeOf(dtypes: DTypes, name: string): DType | undefined {
  return Object.hasOwn(dtypes, name) ? dtypes[name] : undefined;
}

/** Returns the function that writes the cells of a column. */
function writerOf(cells: readonly Cell[], dtype: DType | undefined): (cell: Cell) => string {
  const ofDoubles = dtype === undefined ? isOfDoubles(cells) : isFloat(dtype);
  return (cell) => {
    if (cell === null || Number.isNaN(cell)) return "";
    if (typeof cell === "boolean") return cell ? "True" : "False";
    if (typeof cell === "string") return cell;
    return ofDoubles || !Number.isInteger(cell) ? pythonFloat(cell) : integer(cell);
  };
}

function isOfDoubles(cells: readonly Cell[]): boolean {
  return (
    cells.every((cell) => cell === null || typeof cell === "number") &&
    !cells.every(Number.isInteger)
  );
}

/** Writes an integer without an exponent, as Python does. */
function integer(value: number): string {
  return Math.abs(value) < 1e21 ? String(value) : String(BigInt(value));
}
