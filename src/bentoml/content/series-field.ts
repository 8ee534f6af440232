/**
 * The fields of the message `Series`, which is a series, or a column of a data frame.
 * @module
 */

import type { Cell } from "../../io/table/cell.ts";
import { plainNumbers } from "../../io/tensor/element.ts";
import type { DType } from "../../tensor.ts";
import type { SeriesMessage } from "./message.ts";

/** One field of the message, and the cells that it can have. */
export interface SeriesField {
  readonly field: keyof SeriesMessage;
  /** Its name in the .proto file. */
  readonly name: string;
  /** The dtype of its values. */
  readonly dtype: DType;
  /** Returns true for a cell that it can have. */
  holds(cell: Cell): boolean;
  /** Returns the value of such a cell in the message. */
  encode(cell: Cell): unknown;
}

const isNumber = (cell: Cell): boolean => typeof cell === "number" || cell === null;
// As in pandas, a missing number is NaN.
const orNaN = (cell: Cell): unknown => cell ?? Number.NaN;
const unchanged = (cell: Cell): unknown => cell;

const MAX_FLOAT = plainNumbers("float32").max;

const BOOL: SeriesField = {
  field: "boolValues",
  name: "bool_values",
  dtype: "bool",
  holds: (cell) => typeof cell === "boolean",
  encode: unchanged,
};
const STRING: SeriesField = {
  field: "stringValues",
  name: "string_values",
  dtype: "string",
  holds: (cell) => typeof cell === "string",
  encode: unchanged,
};
const INT32: SeriesField = {
  field: "int32Values",
  name: "int32_values",
  dtype: "int32",
  holds: (cell) => typeof cell === "number" && (cell | 0) === cell,
  encode: unchanged,
};
const INT64: SeriesField = {
  field: "int64Values",
  name: "int64_values",
  dtype: "int64",
  // Cells beyond 2^53-1 are strings of digits.
  holds: (cell) =>
    typeof cell === "string"
      ? /^-?\d{1,19}$/.test(cell) && BigInt.asIntN(64, BigInt(cell)) === BigInt(cell)
      : Number.isSafeInteger(cell),
  encode: (cell) => BigInt(cell as number | string),
};
const FLOAT: SeriesField = {
  field: "floatValues",
  name: "float_values",
  dtype: "float32",
  // The encoder of messages throws for a finite number beyond them.
  holds: (cell) => isNumber(cell) && !(Number.isFinite(cell) && Math.abs(Number(cell)) > MAX_FLOAT),
  encode: orNaN,
};
const DOUBLE: SeriesField = {
  field: "doubleValues",
  name: "double_values",
  dtype: "float64",
  holds: isNumber,
  encode: orNaN,
};

/** The fields for cells without a dtype, in the order of preference. Integers are pandas' int64. */
const INFERRED = [BOOL, STRING, INT64, DOUBLE];
const FIELDS = [...INFERRED, INT32, FLOAT];

const BY_DTYPE: Readonly<Record<DType, SeriesField>> = {
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

/** Returns the fields of a message that have values. */
export function filledFields(message: SeriesMessage): readonly SeriesField[] {
  return FIELDS.filter(({ field }) => message[field].length > 0);
}

/**
 * Returns the cells of a field. NaN is a missing cell, as in pandas; integers beyond 2^53-1 are
 * strings of digits.
 */
export function decodeCells(message: SeriesMessage, { field }: SeriesField): Cell[] {
  return Array.from(message[field], toCell);
}

/**
 * Returns the message of some cells: in the field of their dtype if that holds all of them, or in
 * the first that does; `undefined` for cells of several types, which no field holds.
 */
export function encodeCells(
  cells: readonly Cell[],
  dtype: DType | undefined,
): Partial<SeriesMessage> | undefined {
  const tried = dtype === undefined ? INFERRED : [BY_DTYPE[dtype], ...INFERRED];
  const found = tried.find(({ holds }) => cells.every(holds));
  return found && { [found.field]: cells.map(found.encode) };
}

function toCell(value: number | bigint | boolean | string): Cell {
  if (typeof value === "bigint") {
    const near = Number(value);
    return Number.isSafeInteger(near) ? near : String(value);
  }
  return Number.isNaN(value) ? null : value;
}
