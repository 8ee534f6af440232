/**
 * Cells from and to the message `Series`, which is a series, or a column of a data frame.
 * @module
 */

import type { Cell } from "../../io/table/cell.ts";
import { plainNumbers } from "../../io/tensor/element.ts";
import type { DType } from "../../tensor.ts";
import type { SeriesMessage } from "./message.ts";

/** One field of the message, and the cells that it holds. */
export interface Kind {
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

const MAX_FLOAT = plainNumbers("float32").max;

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
  // The encoder of messages throws for a finite number beyond them.
  holds: (cell) => isNumber(cell) && !(Number.isFinite(cell) && Math.abs(Number(cell)) > MAX_FLOAT),
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

/** The fields of a message that have values. */
export function kindsOf(message: SeriesMessage): readonly Kind[] {
  return KINDS.filter(({ field }) => message[field].length > 0);
}

/** What cells that came in a message are: 1.0 and 1 are the same number here. */
const cameAs = new WeakMap<readonly Cell[], Kind>();

/**
 * Has cells that a handler passes on as they are go out as what they came as: as their dtype, or
 * else in the field that they were in.
 */
export function remember(
  cells: readonly Cell[],
  dtype: DType | undefined,
  kind: Kind | undefined,
): void {
  const came = dtype === undefined ? kind : BY_DTYPE[dtype];
  if (came !== undefined) cameAs.set(cells, came);
}

/**
 * The cells in a field. NaN is a missing cell, as in pandas; integers beyond 2^53-1 are strings.
 */
export function decodeCells(message: SeriesMessage, { field }: Kind): Cell[] {
  return Array.from(message[field], toCell);
}

/**
 * The message of some cells: in the field of their dtype, or of what they came as, where that
 * holds every one, or in the first that does; `undefined` for cells of several types, which no
 * field holds.
 */
export function encodeCells(
  cells: readonly Cell[],
  dtype: DType | undefined,
): Partial<SeriesMessage> | undefined {
  const first = dtype === undefined ? cameAs.get(cells) : BY_DTYPE[dtype];
  const tried = first === undefined ? INFERRED : [first, ...INFERRED];
  const kind = tried.find(({ holds }) => cells.every(holds));
  return kind && { [kind.field]: cells.map(kind.encode) };
}

function toCell(value: number | bigint | boolean | string): Cell {
  if (typeof value === "bigint") {
    const near = Number(value);
    return Number.isSafeInteger(near) ? near : String(value);
  }
  return Number.isNaN(value) ? null : value;
}
