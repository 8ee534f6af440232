/**
 * Data frames as JSON, in the orients of pandas' `to_json` and `read_json`
 * (https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.to_json.html).
 * @module
 */
import { invalidArgument, type ServiceError } from "../error.ts";
import {
  type Cell,
  type DataFrame,
  fromRows,
  isCell,
  type Row,
  repeated,
  rowCount,
  rowsOf,
} from "./frame.ts";
import { describe, formatPath, quote } from "./wording.ts";

/**
 * How a data frame stands in JSON:
 * - `records`: `[{"a": 1, "b": 2}, …]`
 * - `columns`: `{"a": {"0": 1, …}, …}`; `{"a": [1, …], …}` is read too
 * - `index`: `{"0": {"a": 1, "b": 2}, …}`
 * - `split`: `{"columns": ["a", "b"], "index": [0, …], "data": [[1, 2], …]}`; `index` may be
 *   left out
 * - `values`: `[[1, 2], …]`
 */
export type Orient = "records" | "columns" | "index" | "split" | "values";

/** Every orient there is. */
export const ORIENTS: readonly Orient[] = ["records", "columns", "index", "split", "values"];

/**
 * Empty cells that a frame may have beside ten for each cell that was sent. Rows that share no
 * names would otherwise grow with the square of what was sent.
 */
const MAX_EMPTY_CELLS = 1_000_000;

/**
 * The data frame of a JSON value. Row labels (an index) are read to match cells, and dropped.
 * Names that look like whole numbers come first, in ascending order, where they are the keys of
 * an object: so does JavaScript keep them.
 *
 * @param names the names of the columns where the JSON has none: `values`, and no records at all
 * @throws ServiceError `invalid_argument` with the path of what does not fit the orient
 */
export function frameOfJson(value: unknown, orient: Orient, names?: readonly string[]): DataFrame {
  switch (orient) {
    case "records":
      return fromRecords(requireArray(value, []), (row) => [row], names);
    case "index": {
      const entries = Object.entries(requireObject(value, []));
      return fromRecords(
        entries.map(([, row]) => row),
        (row) => [entries[row]?.[0] ?? row],
        names,
      );
    }
    case "columns":
      return fromColumns(requireObject(value, []));
    case "split": {
      const { columns, data } = requireObject(value, []);
      const labels = requireArray(columns, ["columns"]).map((name, at) => {
        if (typeof name === "string" || typeof name === "number") return String(name);
        throw misfit(name, ["columns", at], "a string");
      });
      return fromMatrix(requireArray(data, ["data"]), labels, ["data"]);
    }
    case "values": {
      const rows = requireArray(value, []);
      const width = rows.length === 0 ? 0 : requireArray(rows[0], [0]).length;
      return fromMatrix(rows, names ?? Array.from({ length: width }, (_, at) => String(at)), []);
    }
  }
}

/**
 * A data frame as a value for JSON. NaN and Infinity become `null`, as in pandas. `columns`,
 * `index` and `split` label the rows 0, 1, 2, …
 */
export function frameToJson(frame: DataFrame, orient: Orient): unknown {
  const data = frame.data.map((cells) => cells.map(finite));
  const finiteFrame = { columns: frame.columns, data };
  const labels = Array.from({ length: rowCount(frame) }, (_, row) => row);
  const matrix = (): Cell[][] => labels.map((row) => data.map((cells) => cells[row] ?? null));
  switch (orient) {
    case "records":
      return rowsOf(finiteFrame);
    case "index":
      return Object.fromEntries(rowsOf(finiteFrame).entries());
    case "columns":
      return Object.fromEntries(
        frame.columns.map((name, at) => [name, Object.fromEntries(data[at]?.entries() ?? [])]),
      );
    case "split":
      return { columns: frame.columns, index: labels, data: matrix() };
    case "values":
      return matrix();
  }
}

function finite(cell: Cell): Cell {
  return typeof cell === "number" && !Number.isFinite(cell) ? null : cell;
}

function fromRecords(
  records: readonly unknown[],
  pathOf: (row: number) => PropertyKey[],
  namesOfNone: readonly string[] = [],
): DataFrame {
  if (records.length === 0) return { columns: namesOfNone, data: namesOfNone.map(() => []) };
  const names = new Set<string>();
  let given = 0;
  for (const [row, record] of records.entries()) {
    for (const [name, cell] of Object.entries(requireObject(record, pathOf(row)))) {
      if (!isCell(cell)) throw misfit(cell, [...pathOf(row), name], CELL);
      names.add(name);
      given++;
    }
  }
  requireDense(records.length, names.size, given);
  return fromRows(records as readonly Row[]);
}

function fromColumns(columns: Readonly<Record<string, unknown>>): DataFrame {
  const names = Object.keys(columns);
  const maps = names.map((name) => {
    const cells = columns[name];
    return Array.isArray(cells) ? cells : requireObject(cells, [name]);
  });
  const labels = new Map<string, number>();
  let given = 0;
  for (const [at, map] of maps.entries()) {
    for (const [label, cell] of Object.entries(map)) {
      if (!isCell(cell)) throw misfit(cell, [names[at] ?? at, label], CELL);
      if (!labels.has(label)) labels.set(label, labels.size);
      given++;
    }
  }
  requireDense(labels.size, names.length, given);
  const data = maps.map((map, at) => {
    if (Array.isArray(map) && map.length !== labels.size) {
      throw misfit(map, [names[at] ?? at], `an array of ${labels.size}, as long as the others`);
    }
    const cells = new Array<Cell>(labels.size).fill(null);
    for (const [label, cell] of Object.entries(map)) cells[labels.get(label) ?? 0] = cell;
    return cells;
  });
  return { columns: names, data };
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
  for (const [at, row] of rows.entries()) {
    const cells = requireArray(row, [...path, at]);
    if (cells.length !== columns.length) {
      throw misfit(row, [...path, at], `an array of ${columns.length}, one for each column`);
    }
    const bad = cells.findIndex((cell) => !isCell(cell));
    if (bad >= 0) throw misfit(cells[bad], [...path, at, bad], CELL);
  }
  // Only now: many names and many short rows would ask for memory by their product.
  const matrix = rows as readonly (readonly Cell[])[];
  return { columns, data: columns.map((_, at) => matrix.map((row) => row[at] ?? null)) };
}

function requireDense(rows: number, columns: number, given: number): void {
  if (rows * columns <= 11 * given + MAX_EMPTY_CELLS) return;
  throw invalidArgument(
    `Cannot read a data frame: its rows have too little in common, ${given} values would make ` +
      `${rows} rows of ${columns} columns`,
  );
}

const CELL = "a string, a number, a boolean or null";

function requireArray(value: unknown, path: readonly PropertyKey[]): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw misfit(value, path, "an array");
}

function requireObject(
  value: unknown,
  path: readonly PropertyKey[],
): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw misfit(value, path, "an object");
}

function misfit(value: unknown, path: readonly PropertyKey[], wanted: string): ServiceError {
  const where = path.length === 0 ? "the JSON value" : formatPath(path);
  return invalidArgument(
    `Cannot read a data frame: ${where} must be ${wanted}, but was ${describe(value)}`,
  );
}
