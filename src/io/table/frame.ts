/**
 * DataFrame: named columns of equal length.
 * @module
 */

import { repeated } from "../../check.ts";
import { ServiceError } from "../../error.ts";
import { DTYPES, type DType, isDType } from "../../tensor.ts";
import { describe, quote } from "../wording.ts";
import { areOf, type Cell, isCell } from "./cell.ts";

/** Named columns of equal length. Rows have no labels: a pandas index is dropped. */
export interface DataFrame {
  /** The names of the columns, which are unique. */
  readonly columns: readonly string[];
  /** The cells of each column, in the order of `columns`. */
  readonly data: readonly (readonly Cell[])[];
  /**
   * The dtypes of columns by name, if known: those of a gRPC message, or those to send, by choice
   * of the handler. A dtype that does not fit the cells of its column is ignored when sent.
   */
  readonly dtypes?: Readonly<Record<string, DType>> | undefined;
}

/** The default for the most rows times columns of a data frame that is read. */
export const MAX_CELLS = 2_000_000;

/** The most columns of a data frame that is read: each takes memory, even when empty. */
const MAX_COLUMNS = 10_000;

/** One row of a data frame, by the names of its columns. */
export type Row = Readonly<Record<string, Cell>>;

/** Returns the number of rows. */
export function rowCount(frame: DataFrame): number {
  return frame.data[0]?.length ?? 0;
}

/**
 * Checks the size of a data frame before it is read. Rows without columns, and columns without
 * rows, count as one cell each.
 *
 * @throws ServiceError `payload_too_large` with the bound
 */
export function requireSize(rows: number, columns: number, maxCells: number): void {
  if (columns > MAX_COLUMNS) throw tooLarge(`${MAX_COLUMNS} columns`);
  if (Math.max(rows, 1) * Math.max(columns, 1) > maxCells) {
    throw tooLarge(`${maxCells} cells, which are its rows times its columns`);
  }
}

/**
 * Returns the rows of a data frame as objects by the names of the columns.
 *
 * @example
 * for (const { age, income } of rowsOf(frame)) …
 */
export function rowsOf(frame: DataFrame): Row[] {
  return Array.from({ length: rowCount(frame) }, (_, row) =>
    Object.fromEntries(frame.columns.map((name, at) => [name, frame.data[at]?.[row] ?? null])),
  );
}

/**
 * Makes a data frame from rows. Its columns are the names in all rows, in the order of their first
 * use; a cell that is missing in a row is `null`.
 */
export function fromRows(rows: readonly Row[]): DataFrame {
  const columns = new Map<string, Cell[]>();
  for (const [at, row] of rows.entries()) {
    for (const name of Object.keys(row)) {
      let cells = columns.get(name);
      if (cells === undefined) {
        cells = new Array<Cell>(rows.length).fill(null);
        columns.set(name, cells);
      }
      cells[at] = row[name] ?? null;
    }
  }
  return { columns: [...columns.keys()], data: [...columns.values()] };
}

/**
 * Checks that a handler's value is a data frame.
 *
 * @throws TypeError with what it is instead
 */
export function requireFrame(value: unknown): asserts value is DataFrame {
  const { columns, data, dtypes } = (value ?? {}) as Partial<DataFrame>;
  if (!Array.isArray(columns) || !Array.isArray(data)) {
    throw badFrame(`it must be { columns, data }, but was ${describe(value)}`);
  }
  if (columns.length !== data.length) {
    throw badFrame(`it has ${columns.length} names for ${data.length} columns`);
  }
  const length = data[0]?.length ?? 0;
  for (const [at, name] of columns.entries()) {
    const cells = data[at];
    if (typeof name !== "string") throw badFrame(`a column has the name ${describe(name)}`);
    if (!Array.isArray(cells)) throw badFrame(`column ${quote(name)} is ${describe(cells)}`);
    if (cells.length !== length) {
      throw badFrame(
        `column ${quote(name)} has ${cells.length} rows, where the first has ${length}`,
      );
    }
    const bad = cells.findIndex((cell) => !isCell(cell));
    if (bad >= 0) {
      throw badFrame(`row ${bad} of column ${quote(name)} is ${describe(cells[bad])}`);
    }
  }
  const double = repeated(columns);
  if (double !== undefined) throw badFrame(`two columns have the name ${quote(double)}`);
  if (dtypes !== undefined) requireDTypes(dtypes);
}

function requireDTypes(dtypes: unknown): void {
  if (typeof dtypes !== "object" || dtypes === null) {
    throw badFrame(`its dtypes must be an object of dtypes, but were ${describe(dtypes)}`);
  }
  for (const [name, dtype] of Object.entries(dtypes)) {
    if (isDType(dtype)) continue;
    throw badFrame(
      `the dtype of column ${quote(name)} must be one of ${DTYPES.join(", ")}, but was ` +
        describe(dtype),
    );
  }
}

/**
 * Returns the dtypes with which the columns of a data frame are sent, by name.
 *
 * @param declared the dtypes of the descriptor, which take precedence over those of the frame
 */
export function sentDTypes(
  { columns, data, dtypes = {} }: DataFrame,
  declared: Readonly<Record<string, DType>> = {},
): Readonly<Record<string, DType>> {
  const own = columns.flatMap((name, at) => {
    const dtype = Object.hasOwn(dtypes, name) ? dtypes[name] : undefined;
    return dtype !== undefined && areOf(data[at] ?? [], dtype) ? [[name, dtype] as const] : [];
  });
  return own.length === 0 ? declared : { ...Object.fromEntries(own), ...declared };
}

function tooLarge(bound: string): ServiceError {
  return new ServiceError(
    "payload_too_large",
    `Cannot read the data frame: it may have at most ${bound}`,
  );
}

function badFrame(reason: string): TypeError {
  return new TypeError(`Cannot encode a data frame: ${reason}`);
}
