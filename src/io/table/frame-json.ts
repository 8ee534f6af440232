/**
 * Data frames as JSON, in the orients of pandas' `to_json` and `read_json`
 * (https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.to_json.html).
 * @module
 */
import { repeated } from "../../check.ts";
import { invalidArgument } from "../../error.ts";
import type { DType } from "../../tensor.ts";
import { jsonShape } from "../json/shape.ts";
import { quote } from "../wording.ts";
import { type Cell, toJsonCells } from "./cell.ts";
import { type DataFrame, fromRows, MAX_CELLS, type Row, requireSize } from "./frame.ts";

const shape = jsonShape("a data frame");

/**
 * The form of a data frame in JSON:
 * - `records`: `[{"a": 1, "b": 2}, …]`
 * - `columns`: `{"a": {"0": 1, …}, …}`; `{"a": [1, …], …}` is read too, but not both in one
 * - `index`: `{"0": {"a": 1, "b": 2}, …}`
 * - `split`: `{"columns": ["a", "b"], "index": [0, …], "data": [[1, 2], …]}`; `index` is
 *   optional
 * - `values`: `[[1, 2], …]`
 */
export type Orient = "records" | "columns" | "index" | "split" | "values";

/** All orients. */
export const ORIENTS: readonly Orient[] = ["records", "columns", "index", "split", "values"];

/**
 * Makes a data frame from a JSON value. Row labels (an index) are used to match cells, and dropped.
 * Names that are keys of an object and look like whole numbers come first, in ascending order,
 * because JavaScript orders them so. Rows without columns are refused, since a data frame without
 * columns has no number of rows.
 *
 * @param names the names of the columns where the JSON has none: with `values`, or without rows
 * @param maxCells the most rows times columns
 * @throws ServiceError `invalid_argument` with the path of a value that does not fit the orient;
 *   `payload_too_large` for too many columns or cells
 */
export function frameOfJson(
  value: unknown,
  orient: Orient,
  names?: readonly string[],
  maxCells: number = MAX_CELLS,
): DataFrame {
  switch (orient) {
    case "records":
      return fromRecords(shape.array(value, []), (row) => [row], maxCells, names);
    case "index": {
      const rows = shape.object(value, []);
      const labels = Object.keys(rows);
      requireSize(labels.length, 0, maxCells);
      const records = labels.map((label) => rows[label]);
      return fromRecords(records, (row) => [labels[row] ?? row], maxCells, names);
    }
    case "columns":
      return fromColumns(shape.object(value, []), maxCells);
    case "split": {
      const { columns, data } = shape.object(value, []);
      const given = shape.array(columns, ["columns"]);
      const rows = shape.array(data, ["data"]);
      requireSize(rows.length, given.length, maxCells);
      const labels = given.map((name, at) => {
        if (typeof name === "string" || typeof name === "number") return String(name);
        throw shape.misfit(name, ["columns", at], "a string");
      });
      return fromMatrix(rows, labels, ["data"]);
    }
    case "values": {
      const rows = shape.array(value, []);
      const width = rows.length === 0 ? 0 : shape.array(rows[0], [0]).length;
      requireSize(rows.length, names?.length ?? width, maxCells);
      return fromMatrix(rows, names ?? Array.from({ length: width }, (_, at) => String(at)), []);
    }
  }
}

/**
 * Returns a data frame as a value for JSON, with its cells as by `toJsonCells()`. `columns`,
 * `index` and `split` label the rows 0, 1, 2, …
 *
 * @param dtypes the dtypes of columns by name
 */
export function frameToJson(
  { columns, data: columnCells }: DataFrame,
  orient: Orient,
  dtypes: Readonly<Record<string, DType>> = {},
): unknown {
  const dtypeOf = (name: string) => (Object.hasOwn(dtypes, name) ? dtypes[name] : undefined);
  const data = columns.map((name, at) => toJsonCells(columnCells[at] ?? [], dtypeOf(name)));
  const labels = Array.from({ length: data[0]?.length ?? 0 }, (_, row) => row);
  const records = () =>
    labels.map((row) => Object.fromEntries(columns.map((name, at) => [name, data[at]?.[row]])));
  const matrix = () => labels.map((row) => data.map((cells) => cells[row]));
  switch (orient) {
    case "records":
      return records();
    case "index":
      return Object.fromEntries(records().entries());
    case "columns":
      return Object.fromEntries(
        columns.map((name, at) => [name, Object.fromEntries(data[at]?.entries() ?? [])]),
      );
    case "split":
      return { columns, index: labels, data: matrix() };
    case "values":
      return matrix();
  }
}

function fromRecords(
  records: readonly unknown[],
  pathOf: (row: number) => PropertyKey[],
  maxCells: number,
  namesOfNone: readonly string[] = [],
): DataFrame {
  if (records.length === 0) return { columns: namesOfNone, data: namesOfNone.map(() => []) };
  requireSize(records.length, 0, maxCells);
  const names = new Set<string>();
  for (let row = 0; row < records.length; row++) {
    const record = shape.object(records[row], pathOf(row));
    const keys = Object.keys(record);
    requireSize(records.length, keys.length, maxCells);
    shape.cells(Object.values(record), pathOf(row), keys);
    for (const name of keys) names.add(name);
    requireSize(records.length, names.size, maxCells);
  }
  requireColumns(records.length, names.size);
  return fromRows(records as readonly Row[]);
}

function fromColumns(columns: Readonly<Record<string, unknown>>, maxCells: number): DataFrame {
  const names = Object.keys(columns);
  requireSize(0, names.length, maxCells);
  const first = columns[names[0] ?? ""];
  const data = Array.isArray(first)
    ? fromArrays(columns, names, first.length, maxCells)
    : fromMaps(columns, names, maxCells);
  return { columns: names, data };
}

function fromArrays(
  columns: Readonly<Record<string, unknown>>,
  names: readonly string[],
  length: number,
  maxCells: number,
): (readonly Cell[])[] {
  requireSize(length, names.length, maxCells);
  return names.map((name) => {
    const cells = shape.array(columns[name], [name]);
    if (cells.length !== length) {
      throw shape.misfit(cells, [name], `an array of ${length}, as long as the others`);
    }
    return shape.cells(cells, [name]);
  });
}

function fromMaps(
  columns: Readonly<Record<string, unknown>>,
  names: readonly string[],
  maxCells: number,
): Cell[][] {
  let first: readonly string[] = [];
  const labels = new Map<string, number>();
  const data = names.map((name, at): Cell[] => {
    const map = shape.object(columns[name], [name]);
    const keys = Object.keys(map);
    requireSize(keys.length, names.length, maxCells);
    const given = shape.cells(Object.values(map), [name], keys);
    if (at === 0) first = keys;
    // All columns usually have the same labels, and need no table of them.
    if (labels.size === 0 && isSame(keys, first)) return given as Cell[];
    if (labels.size === 0) for (const label of first) labels.set(label, labels.size);
    const cells = new Array<Cell>(labels.size).fill(null);
    for (const [index, label] of keys.entries()) {
      let row = labels.get(label);
      if (row === undefined) {
        row = labels.size;
        requireSize(row + 1, names.length, maxCells);
        labels.set(label, row);
      }
      cells[row] = given[index] as Cell;
    }
    return cells;
  });
  // Labels that only later columns have.
  for (const cells of data) while (cells.length < labels.size) cells.push(null);
  return data;
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one, at) => one === others[at]);
}

function fromMatrix(
  rows: readonly unknown[],
  columns: readonly string[],
  path: readonly PropertyKey[],
): DataFrame {
  const double = repeated(columns);
  if (double !== undefined) {
    throw invalidArgument(`Cannot read a data frame: two columns have the name ${quote(double)}`);
  }
  requireColumns(rows.length, columns.length);
  for (const [at, row] of rows.entries()) {
    const cells = shape.array(row, [...path, at]);
    if (cells.length !== columns.length) {
      throw shape.misfit(row, [...path, at], `an array of ${columns.length}, one for each column`);
    }
    shape.cells(cells, [...path, at]);
  }
  // After the checks: many names and many short rows would need memory for their product.
  const matrix = rows as readonly (readonly Cell[])[];
  return { columns, data: columns.map((_, at) => matrix.map((row) => row[at] ?? null)) };
}

function requireColumns(rows: number, columns: number): void {
  if (rows === 0 || columns > 0) return;
  throw invalidArgument(`Cannot read a data frame: it has rows, ${rows}, but no columns`);
}
