/**
 * Columns of cells as messages: the values in a field of their type, and the rows without one.
 * @module
 */

import { encodeJson } from "../bentoml/content/json.ts";
import { invalidArgument } from "../error.ts";
import type { Cell } from "../io/table/cell.ts";
import type { DType } from "../tensor.ts";
import { ANY_VALUE } from "./json-shapes.ts";
import { type MessageType, type Scalar, type Types, VALUE } from "./types.ts";

/** A message for cells, and its conversions. */
export interface ColumnShape {
  readonly type: MessageType;
  /** Returns the number of cells in a message. */
  count(message: unknown): number;
  /** @throws ServiceError `invalid_argument` for values in several fields */
  read(message: unknown): Cell[];
  /** @throws TypeError for cells that the message has no field for */
  write(cells: readonly Cell[], dtype?: DType): unknown;
}

/** The values of one type, and the value that stands for a missing one. */
interface Values {
  readonly scalar: Scalar;
  readonly none: unknown;
  holds(cell: Cell): boolean;
  write(cell: Cell): unknown;
}

const same = (cell: Cell): unknown => cell;
const isNumber = (cell: Cell): boolean => typeof cell === "number";

const BOOL: Values = {
  ...{ scalar: "bool", none: false, write: same },
  holds: (cell) => typeof cell === "boolean",
};
const STRING: Values = {
  ...{ scalar: "string", none: "" },
  holds: (cell) => typeof cell === "string",
  write: (cell) => (cell as string).toWellFormed(),
};
const INT32: Values = {
  ...{ scalar: "int32", none: 0, write: same },
  holds: (cell) => isNumber(cell) && (Number(cell) | 0) === cell,
};
const FLOAT: Values = { scalar: "float", none: 0, holds: isNumber, write: Math.fround as never };
const DOUBLE: Values = { scalar: "double", none: 0, holds: isNumber, write: same };
const INT64: Values = {
  ...{ scalar: "int64", none: 0n },
  holds: (cell) => isInteger(cell) && BigInt.asIntN(64, BigInt(cell)) === BigInt(cell),
  write: (cell) => BigInt(cell as number | string),
};
const UINT64: Values = {
  ...{ scalar: "uint64", none: 0n },
  holds: (cell) => isInteger(cell) && BigInt.asUintN(64, BigInt(cell)) === BigInt(cell),
  write: (cell) => BigInt(cell as number | string),
};

/** Returns true for an integer; those beyond 2^53-1 are strings of digits. */
function isInteger(cell: Cell): cell is number | string {
  return typeof cell === "string" ? /^-?\d{1,20}$/.test(cell) : Number.isSafeInteger(cell);
}

const BY_DTYPE: Readonly<Record<DType, Values>> = {
  bool: BOOL,
  float16: FLOAT,
  float32: FLOAT,
  float64: DOUBLE,
  int8: INT32,
  int16: INT32,
  int32: INT32,
  int64: INT64,
  string: STRING,
  uint8: INT32,
  uint16: INT32,
  uint32: INT64,
  uint64: UINT64,
};

/** The types of cells without a dtype, in the order of preference. */
const INFERRED = [
  BOOL,
  STRING,
  { ...INT64, holds: (cell: Cell) => Number.isSafeInteger(cell) },
  DOUBLE,
];

/** The types that a column of any type has fields for. */
const FIELDS = [BOOL, STRING, INT64, DOUBLE];

const MISSING = "The rows that have no value, whatever stands for it in the values.";

/** Returns the message for cells of a dtype, or for those of any, and of several. */
export function columnShape(types: Types, dtype: DType | undefined): ColumnShape {
  return dtype === undefined ? anyColumn(types) : typedColumn(types, BY_DTYPE[dtype], dtype);
}

type Lists = Readonly<Record<string, readonly unknown[]>>;

function typedColumn(types: Types, values: Values, dtype: DType): ColumnShape {
  const { scalar } = values;
  const name = `${scalar.slice(0, 1).toUpperCase()}${scalar.slice(1)}Column`;
  const type = types.shared(name, `Cells of the type ${scalar}.`, (message) => {
    message.addOwn("values", { type: scalar, label: "list" });
    message.addOwn("missing_rows", { type: "uint32", label: "list", comment: MISSING });
  });
  return {
    type,
    count: (message) => (message as Lists)["values"]?.length ?? 0,
    read(message) {
      const { values: list = [], missingRows = [] } = message as Lists;
      return withMissing(list.map(cellOf), missingRows);
    },
    write(cells) {
      const bad = cells.find((cell) => cell !== null && !values.holds(cell));
      if (bad === undefined) return { values: written(cells, values), missingRows: gaps(cells) };
      throw new TypeError(`Cannot encode a cell of ${typeof bad} in a column of ${dtype}`);
    },
  };
}

function anyColumn(types: Types): ColumnShape {
  const type = types.shared("Column", "Cells, in the field of their type.", (message) => {
    for (const { scalar } of FIELDS) {
      message.addOwn(`${scalar}_values`, { type: scalar, label: "list" });
    }
    const mixed = "Cells of several types.";
    message.addOwn("values", { type: VALUE, label: "list", comment: mixed });
    message.addOwn("missing_rows", { type: "uint32", label: "list", comment: MISSING });
  });
  const lists = type.fields.slice(0, -1);
  const filled = (message: unknown) =>
    lists.filter(({ localName }) => (message as Lists)[localName]?.length);
  return {
    type,
    count: (message) =>
      Math.max(0, ...lists.map(({ localName }) => (message as Lists)[localName]?.length ?? 0)),
    read(message) {
      const [first, second] = filled(message);
      if (second !== undefined) {
        const names = `${first?.name} and ${second.name}`;
        throw invalidArgument(`A column has values in ${names}: they must be in one field alone`);
      }
      const { missingRows = [], [first?.localName ?? ""]: list = [] } = message as Lists;
      const isMixed = first?.type === VALUE;
      const cells = isMixed ? list.map((value) => ANY_VALUE.read(value) as Cell) : list.map(cellOf);
      return withMissing(cells, missingRows);
    },
    write(cells, dtype) {
      const present = cells.filter((cell) => cell !== null);
      const own = dtype === undefined ? undefined : BY_DTYPE[dtype];
      const tried = FIELDS.filter((values) => values === own);
      const found = [...tried, ...INFERRED].find(({ holds }) => present.every(holds));
      if (found === undefined) return { values: cells.map(mixedCell) };
      const values = written(cells, found);
      return { [`${found.scalar}Values`]: values, missingRows: gaps(cells) };
    },
  };
}

function mixedCell(cell: Cell): unknown {
  return encodeJson(typeof cell === "number" && !Number.isFinite(cell) ? null : cell);
}

function written(cells: readonly Cell[], { none, write }: Values): unknown[] {
  return cells.map((cell) => (cell === null ? none : write(cell)));
}

function gaps(cells: readonly Cell[]): number[] {
  return cells.flatMap((cell, row) => (cell === null ? [row] : []));
}

/** Returns the cell of a value. NaN is missing, as in pandas. */
function cellOf(value: unknown): Cell {
  if (typeof value === "bigint") {
    const near = Number(value);
    return Number.isSafeInteger(near) ? near : String(value);
  }
  return Number.isNaN(value) ? null : (value as Cell);
}

function withMissing(cells: Cell[], rows: readonly unknown[]): Cell[] {
  for (const row of rows as readonly number[]) {
    if (row >= cells.length) {
      throw invalidArgument(`Row ${row} is missing in a column of ${cells.length} cells`);
    }
    cells[row] = null;
  }
  return cells;
}
