/**
 * The fields of a CSV column as cells, by the rules of `pandas.read_csv` with its defaults
 * (https://pandas.pydata.org/docs/reference/api/pandas.read_csv.html).
 * @module
 */
import type { DType } from "../../tensor.ts";
import type { Steps } from "../steps.ts";
import { isFloat } from "../tensor/element.ts";
import type { Cell } from "./cell.ts";
import { STEP_CELLS } from "./csv.ts";

/** The fields that stand for missing cells, quoted or not: the `na_values` of pandas. */
const MISSING: ReadonlySet<string> = new Set([
  ...["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"],
  ...["<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"],
]);

// Adjacent parts match different characters; otherwise long fields would take quadratic time.
const SPACE = "[ \\t\\n\\v\\f\\r]*";
const WHOLE = new RegExp(`^${SPACE}[+-]?\\d+${SPACE}$`);
const NUMBER = new RegExp(`^${SPACE}[+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][+-]?\\d+)?${SPACE}$`);
const INFINITE = /^[+-]?inf(?:inity)?$/i;

/** The digits of the greatest int64, and of the least one without its sign. */
const MAX_INT64 = "9223372036854775807";
const MIN_INT64 = "9223372036854775808";

/**
 * Converts the fields of a column without a declared type. Missing ones become `null`. If all
 * others are whole numbers, so are the cells: exact, and beyond ±(2^53-1) strings of digits; next
 * to missing cells, those within int64 are doubles. If all are numbers or infinite, the cells are
 * doubles; if all are `true` or `false` in any case, booleans; otherwise they are the text.
 */
export function* inferCells(fields: readonly string[]): Steps<Cell[]> {
  const numbers = (yield* inferWhole(fields)) ?? (yield* allOf(fields, toDouble));
  return numbers ?? (yield* allOf(fields, toBoolean)) ?? asText(fields);
}

/**
 * Converts the fields of a column of a declared type, each by itself. A field of another type stays
 * text. For `string` all fields stay text unless they are missing: a postal code keeps its zeros.
 */
export function cellsOfType(fields: readonly string[], dtype: DType): Cell[] {
  if (dtype === "string") return asText(fields);
  const toNumber = isFloat(dtype) ? toDouble : (field: string) => toWhole(field) ?? toDouble(field);
  return fields.map((field) =>
    MISSING.has(field) ? null : (toNumber(field) ?? toBoolean(field) ?? field),
  );
}

function* inferWhole(fields: readonly string[]): Steps<Cell[] | undefined> {
  const cells = yield* allOf(fields, toWhole);
  if (cells === undefined || !cells.includes(null)) return cells;
  // As in pandas: its int64 has no missing values, and larger integers are objects.
  return cells.map((cell) => (typeof cell === "string" && isInt64(cell) ? Number(cell) : cell));
}

/** Converts every field that is not missing; returns `undefined` if one cannot be converted. */
function* allOf(
  fields: readonly string[],
  convert: (field: string) => Cell | undefined,
): Steps<Cell[] | undefined> {
  const cells: Cell[] = [];
  for (const field of fields) {
    const cell = MISSING.has(field) ? null : convert(field);
    if (cell === undefined) return undefined;
    cells.push(cell);
    if (cells.length % STEP_CELLS === 0) yield;
  }
  return cells;
}

function asText(fields: readonly string[]): Cell[] {
  return fields.map((field) => (MISSING.has(field) ? null : field));
}

function toWhole(field: string): number | string | undefined {
  if (!WHOLE.test(field)) return undefined;
  const number = Number(field);
  // Integers have no -0.
  if (Number.isSafeInteger(number)) return number + 0;
  const [, minus = "", digits = ""] = /(-?)0*(\d+)/.exec(field) ?? [];
  return minus + digits;
}

function toDouble(field: string): number | undefined {
  if (NUMBER.test(field)) return Number(field);
  if (!INFINITE.test(field)) return undefined;
  return field.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function toBoolean(field: string): boolean | undefined {
  const word = field.length <= 5 ? field.toLowerCase() : field;
  if (word === "true") return true;
  return word === "false" ? false : undefined;
}

function isInt64(digits: string): boolean {
  const bound = digits.startsWith("-") ? MIN_INT64 : MAX_INT64;
  const magnitude = digits.replace("-", "");
  if (magnitude.length !== bound.length) return magnitude.length < bound.length;
  return magnitude <= bound;
}
