/**
 * Data frames from and to the field `dataframe`.
 * @module
 */

import { repeated } from "../../check.ts";
import { invalidArgument, ServiceError } from "../../error.ts";
import type { DataframeSpec } from "../../io/spec.ts";
import type { Cell } from "../../io/table/cell.ts";
import { type DataFrame, requireSize } from "../../io/table/frame.ts";
import { quote } from "../../io/wording.ts";
import type { DType } from "../../tensor.ts";
import type { DataframeMessage, SeriesMessage } from "./message.ts";
import { decodeCells, encodeCells, filledFields } from "./series-field.ts";

/**
 * Decodes a data frame. As in BentoML, the descriptor must have the orient `columns`, which is the
 * form of the message. The dtype of a column is that of the descriptor, or else of its field.
 *
 * @throws ServiceError `invalid_argument` for another orient, for names and columns that do not
 *   match, for columns of different lengths, and for a data frame that the descriptor refuses;
 *   `payload_too_large` for too many cells
 */
export function decodeDataframe(
  { columnNames, columns }: DataframeMessage,
  { orient, dtype, maxCells, convert }: DataframeSpec,
): DataFrame {
  if (orient !== "columns") {
    throw invalidArgument(
      "'dataframe' field currently only supports 'columns' orient: the API's descriptor must be " +
        `dataframe({ orient: "columns" }), but its orient is "${orient}"`,
    );
  }
  if (columnNames.length !== columns.length) {
    throw invalidArgument(
      `Cannot take a data frame of ${columns.length} columns with ${columnNames.length} names`,
    );
  }
  const double = repeated(columnNames);
  if (double !== undefined) {
    throw invalidArgument(`Cannot take a data frame with two columns named ${quote(double)}`);
  }
  // Before the cells are copied: each column costs memory, even when it is empty.
  requireSize(Math.max(0, ...lengthsOf(columns[0])), columns.length, maxCells);
  const data = columns.map((column, at) => decodeColumn(columnNames[at] ?? "", column));
  const length = data[0]?.length ?? 0;
  const odd = data.findIndex((cells) => cells.length !== length);
  if (odd === -1) {
    const dtypes = new Map(columnNames.map((name, at) => [name, dtypeOfField(columns[at])]));
    const frame = convert({ columns: columnNames, data });
    const known = frame.columns.flatMap((name) => {
      const found = dtypeOf(dtype, name) ?? dtypes.get(name);
      return found === undefined ? [] : [[name, found] as const];
    });
    return known.length === 0 ? frame : { ...frame, dtypes: Object.fromEntries(known) };
  }
  const name = quote(columnNames[odd] ?? "");
  throw invalidArgument(
    `Cannot take a data frame with columns of different lengths: column ${name} has ` +
      `${data[odd]?.length} rows, where the first has ${length}`,
  );
}

/**
 * Encodes a handler's data frame.
 *
 * @throws TypeError for a value that the descriptor cannot encode
 * @throws ServiceError `failed_precondition` for a column of cells of several types
 */
export function encodeDataframe(
  value: unknown,
  { dtype, check }: DataframeSpec,
): { columnNames: string[]; columns: Partial<SeriesMessage>[] } {
  const { columns, data, dtypes } = check(value);
  return {
    columnNames: [...columns],
    columns: columns.map((name, at) =>
      encodeColumn(name, data[at] ?? [], dtypeOf(dtype, name) ?? dtypeOf(dtypes, name)),
    ),
  };
}

function dtypeOf(dtypes: DataFrame["dtypes"], column: string): DType | undefined {
  return dtypes !== undefined && Object.hasOwn(dtypes, column) ? dtypes[column] : undefined;
}

function dtypeOfField(column: SeriesMessage | undefined): DType | undefined {
  return column && filledFields(column)[0]?.dtype;
}

function lengthsOf(column: SeriesMessage | undefined): number[] {
  return Object.values(column ?? {}).flatMap((values) =>
    Array.isArray(values) ? values.length : [],
  );
}

function decodeColumn(name: string, message: SeriesMessage): Cell[] {
  const fields = filledFields(message);
  const [field] = fields;
  if (field !== undefined && fields.length === 1) return decodeCells(message, field);
  const names = fields.map((one) => one.name).join(" and ");
  throw invalidArgument(
    `Cannot take column ${quote(name)} of a data frame: one field must have values, but ` +
      `${names === "" ? "none has any" : `${names} have`}`,
  );
}

function encodeColumn(
  name: string,
  cells: readonly Cell[],
  dtype: DType | undefined,
): Partial<SeriesMessage> {
  const message = encodeCells(cells, dtype);
  if (message !== undefined) return message;
  // BentoML's code for it.
  throw new ServiceError(
    "failed_precondition",
    `Cannot send column ${quote(name)} of a data frame: its cells must all be numbers, or ` +
      "missing, or all booleans or all strings",
  );
}
