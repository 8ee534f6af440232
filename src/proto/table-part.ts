/**
 * Data frames and series as messages.
 * @module
 */

import { repeated } from "../check.ts";
import { invalidArgument } from "../error.ts";
import type { DataframeSpec, SeriesSpec } from "../io/spec.ts";
import type { Cell } from "../io/table/cell.ts";
import { type DataFrame, requireSize } from "../io/table/frame.ts";
import { quote } from "../io/wording.ts";
import type { DType } from "../tensor.ts";
import { columnShape } from "./column-shape.ts";
import type { Side } from "./object-shape.ts";
import type { Part } from "./part.ts";
import type { MessageType, Types } from "./types.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Returns the part of `series()`. */
export function seriesPart(types: Types, spec: SeriesSpec, side: Side): Part {
  const { dtype } = spec;
  const isTyped = side === "request" || spec.enforceDtype;
  const shape = columnShape(types, isTyped ? dtype : undefined);
  return {
    key: "series",
    type: shape.type,
    label: "one",
    decode(message) {
      const series = spec.convert({ name: undefined, data: shape.read(message) });
      return dtype === undefined ? series : { ...series, dtype };
    },
    encode(value) {
      const series = spec.check(value);
      return shape.write(series.data, dtype ?? series.dtype);
    },
  };
}

/** Returns the part of `dataframe()`: a field for each column that is known. */
export function tablePart(types: Types, spec: DataframeSpec, side: Side, name: string): Part {
  const { columns, enforceDtype } = spec;
  // The columns of an answer are those of its handler, unless the descriptor checks them.
  const isKnown = columns !== undefined && (side === "request" || enforceDtype);
  return isKnown ? knownColumns(types, spec, columns, name) : anyColumns(types, spec);
}

function knownColumns(
  types: Types,
  spec: DataframeSpec,
  names: readonly string[],
  name: string,
): Part {
  const type = types.message(`${name} table`, "A table. All columns have the same length.");
  type.nameKeys(names);
  const columns = names.map((column) => {
    const shape = columnShape(types, dtypeOf(spec.dtype, column));
    return { column, shape, field: type.add(column, { type: shape.type, label: "one" }) };
  });
  return {
    key: "table",
    type,
    label: "one",
    decode(message) {
      const given = columns.filter(
        ({ field }) => (message as Fields)[field.localName] !== undefined,
      );
      const fields = given.map(({ column, shape, field }) => {
        const value = (message as Fields)[field.localName];
        return { column, length: shape.count(value), read: () => shape.read(value) };
      });
      return frameOf(spec, fields);
    },
    encode(value) {
      const frame = spec.check(value);
      const other = frame.columns.find((column) => !names.includes(column));
      if (other !== undefined) {
        throw new TypeError(`Cannot encode a data frame with the column ${quote(other)}`);
      }
      const fields = columns.flatMap(({ column, shape, field }) => {
        const at = frame.columns.indexOf(column);
        return at === -1 ? [] : [[field.localName, shape.write(frame.data[at] ?? [])] as const];
      });
      return Object.fromEntries(fields);
    },
  };
}

function anyColumns(types: Types, spec: DataframeSpec): Part {
  const shape = columnShape(types, undefined);
  const type: MessageType = types.shared(
    "Table",
    "A table. There are as many names as columns, and all columns have the same length.",
    (message) => {
      message.addOwn("names", { type: "string", label: "list" });
      message.addOwn("columns", { type: shape.type, label: "list" });
    },
  );
  return {
    key: "table",
    type,
    label: "one",
    decode(message) {
      const { names, columns } = message as { names: string[]; columns: unknown[] };
      if (names.length !== columns.length) {
        throw invalidArgument(
          `Cannot take a table of ${columns.length} columns with ${names.length} names`,
        );
      }
      const double = repeated(names);
      if (double !== undefined) {
        throw invalidArgument(`Cannot take a table with two columns named ${quote(double)}`);
      }
      const fields = names.map((column, at) => ({
        column,
        length: shape.count(columns[at]),
        read: () => shape.read(columns[at]),
      }));
      return frameOf(spec, fields);
    },
    encode(value) {
      const { columns: names, data, dtypes } = spec.check(value);
      const columns = names.map((column, at) =>
        shape.write(data[at] ?? [], dtypeOf(spec.dtype, column) ?? dtypeOf(dtypes, column)),
      );
      return { names: names.map((each) => each.toWellFormed()), columns };
    },
  };
}

/** A column in a request. */
interface GivenColumn {
  readonly column: string;
  readonly length: number;
  read(): Cell[];
}

/** Makes a data frame for a handler. */
function frameOf(spec: DataframeSpec, given: readonly GivenColumn[]): DataFrame {
  const [first] = given;
  const rows = first?.length ?? 0;
  // Before the cells are copied: each column costs memory, even when it is empty.
  requireSize(rows, given.length, spec.maxCells);
  const odd = given.find(({ length }) => length !== rows);
  if (odd !== undefined) {
    throw invalidArgument(
      `Cannot take a table with columns of different lengths: column ${quote(odd.column)} has ` +
        `${odd.length} rows, where the first has ${rows}`,
    );
  }
  const columns = given.map(({ column }) => column);
  return spec.convert({ columns, data: given.map(({ read }) => read()) });
}

function dtypeOf(dtypes: DataFrame["dtypes"], column: string): DType | undefined {
  return dtypes !== undefined && Object.hasOwn(dtypes, column) ? dtypes[column] : undefined;
}
