/**
 * Columns of a table from and to the message `Series`.
 * @module
 */

import { invalidArgument, ServiceError } from "../../error.ts";
import type { Cell } from "../../io/frame.ts";
import { quote } from "../../io/wording.ts";
import type { DType } from "../../tensor.ts";
import type { SeriesMessage } from "./message.ts";

/** One field of the message, and the cells that it holds. */
interface Kind {
  readonly field: keyof SeriesMessage;
  /** What the file calls it. */
  readonly name: string;
  holds(cell: Cell): boolean;
  /** A cell that it holds, as the message has it. */
  encode(cell: Cell): unknown;
}

const isNumber = (cell: Cell): boolean => typeof cell === "number" || cell === null;
// As in pandas, a number that is missing is NaN.
const orNaN = (cell: Cell): unknown => cell ?? Number.NaN;
const asItIs = (cell: Cell): unknown => cell;

const BOOL: Kind = {
  field: "boolValues",
  name: "bool_values",
  holds: (cell) => typeof cell === "boolean",
  encode: asItIs,
};
const STRING: Kind = {
  field: "stringValues",
  name: "string_values",
  holds: (cell) => typeof cell === "string",
  encode: asItIs,
};
const INT32: Kind = {
  field: "int32Values",
  name: "int32_values",
  holds: (cell) => typeof cell === "number" && (cell | 0) === cell,
  encode: asItIs,
};
const INT64: Kind = {
  field: "int64Values",
  name: "int64_values",
  // Cells beyond 2^53-1 are strings of digits.
  holds: (cell) =>
    typeof cell === "string"
      ? /^-?\d{1,19}$/.test(cell) && BigInt.asIntN(64, BigInt(cell)) === BigInt(cell)
      : Number.isSafeInteger(cell),
  encode: (cell) => BigInt(cell as number | string),
};
const FLOAT: Kind = {
  field: "floatValues",
  name: "float_values",
  holds: isNumber,
  encode: orNaN,
};
const DOUBLE: Kind = {
  field: "doubleValues",
  name: "double_values",
  holds: isNumber,
  encode: orNaN,
};

/** In the order in which a column without a dtype tries them: whole numbers are pandas' int64. */
const INFERRED = [BOOL, STRING, INT64, DOUBLE];
const KINDS = [...INFERRED, INT32, FLOAT];

const BY_DTYPE: Readonly<Record<DType, Kind>> = {
  bool: BOOL,
  string: STRING,
  float16: FLOAT,
  float32: FLOAT,
  float64: DOUBLE,
  int8: INT32,
  int16: INT32,
  int32: INT32,
  int64: INT64,
  uint8: INT32,
  uint16: INT32,
  uint32: INT64,
  uint64: INT64,
};

/**
 * The cells of a column. NaN is a missing cell, as in pandas; integers beyond 2^53-1 are strings.
 *
 * @throws ServiceError `invalid_argument` unless exactly one field has values
 */
export function decodeSeries(column: string, message: SeriesMessage): Cell[] {
  const filled = KINDS.filter(({ field }) => message[field].length > 0);
  const [kind] = filled;
  if (kind !== undefined && filled.length === 1) return Array.from(message[kind.field], toCell);
  const names = filled.map(({ name }) => name).join(" and ");
  throw invalidArgument(
    `Cannot take column ${quote(column)} of a data frame: one field must have values, but ` +
      `${names === "" ? "none has any" : `${names} have`}`,
  );
}

/**
 * The message of a column: in the field of its dtype, where that holds every cell, or in the first
 * that does.
 *
 * @throws ServiceError `failed_precondition`, as BentoML does, for cells that no field holds
 */
export function encodeSeries(
  column: string,
  cells: readonly Cell[],
  dtype: DType | undefined,
): Partial<SeriesMessage> {
  const tried = dtype === undefined ? INFERRED : [BY_DTYPE[dtype], ...INFERRED];
  const kind = tried.find(({ holds }) => cells.every(holds));
  if (kind !== undefined) return { [kind.field]: cells.map(kind.encode) };
  throw new ServiceError(
    "failed_precondition",
    `Cannot send column ${quote(column)} of a data frame: its cells must all be numbers, or ` +
      "missing, or all booleans or all strings",
  );
}

function toCell(value: number | bigint | boolean | string): Cell {
  if (typeof value === "bigint") {
    const near = Number(value);
    return Number.isSafeInteger(near) ? near : String(value);
  }
  return Number.isNaN(value) ? null : value;
}
