/**
 * Data frames as CSV: a header row, and one kind of value a column.
 * @module
 */
import type { DType } from "../tensor.ts";
import type { Cell } from "./cell.ts";
import { badCsv, formatCsvRow, parseCsv } from "./csv.ts";
import { type DataFrame, MAX_CELLS, repeated, rowCount } from "./frame.ts";
import { quote } from "./wording.ts";

// No two parts in a row can take the same digits: that would be quadratic time on a long field.
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * The data frame of a CSV text. Empty fields are `null`. The others of a column are numbers where
 * all of them are (and none is a whole number beyond ±(2^53-1), which would lose digits, or beyond
 * what a double holds), booleans where all are `true` or `false` in any case, else strings.
 *
 * @param dtypes columns of a known type: their fields are taken one by one, and as they are for
 *   `string`, so that a postal code keeps its zeros
 * @param maxCells rows times columns, at most
 * @throws ServiceError `invalid_argument` for what is no CSV, or for two columns of one name;
 *   `payload_too_large` for too many columns or cells
 */
export function frameOfCsv(
  text: string,
  dtypes: Readonly<Record<string, DType>> = {},
  maxCells = MAX_CELLS,
): DataFrame {
  const { header, columns } = parseCsv(text, maxCells);
  const double = repeated(header);
  if (double !== undefined) throw badCsv(`two columns have the name ${quote(double)}`);
  const data = header.map((name, at) => {
    const fields = columns[at] ?? [];
    if (!Object.hasOwn(dtypes, name)) return inferCells(fields);
    if (dtypes[name] === "string") return fields.map((field) => (field === "" ? null : field));
    return fields.map((field) =>
      field === "" ? null : (toNumber(field) ?? toBoolean(field) ?? field),
    );
  });
  return { columns: header, data };
}

/** A data frame as CSV. Missing cells, NaN and Infinity are empty fields. */
export function frameToCsv({ columns, data }: DataFrame): string {
  const lines = [formatCsvRow(columns)];
  const count = rowCount({ columns, data });
  for (let row = 0; row < count; row++) {
    lines.push(formatCsvRow(data.map((cells) => toField(cells[row] ?? null))));
  }
  return lines.join("");
}

function inferCells(fields: readonly string[]): Cell[] {
  return (
    allOf(fields, toNumber) ?? allOf(fields, toBoolean) ?? fields.map((field) => field || null)
  );
}

/** Every field that is not empty as `convert` makes it, or `undefined` where it fails one. */
function allOf(
  fields: readonly string[],
  convert: (field: string) => Cell | undefined,
): Cell[] | undefined {
  const cells: Cell[] = [];
  for (const field of fields) {
    const cell = field === "" ? null : convert(field);
    if (cell === undefined) return undefined;
    cells.push(cell);
  }
  return cells;
}

function toNumber(field: string): number | undefined {
  if (!NUMBER.test(field)) return undefined;
  const number = Number(field);
  if (!Number.isFinite(number)) return undefined;
  const losesDigits = Number.isInteger(number) && !Number.isSafeInteger(number);
  return losesDigits && /^[+-]?\d+$/.test(field) ? undefined : number;
}

function toBoolean(field: string): boolean | undefined {
  const word = field.length <= 5 ? field.toLowerCase() : field;
  if (word === "true") return true;
  return word === "false" ? false : undefined;
}

function toField(cell: Cell): string {
  if (cell === null || (typeof cell === "number" && !Number.isFinite(cell))) return "";
  return String(cell);
}
