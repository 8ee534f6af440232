/**
 * The logical types of Parquet columns, and the cells made of their values
 * (https://github.com/apache/parquet-format/blob/master/LogicalTypes.md).
 * @module
 */
import { ConvertedTypes } from "hyparquet/src/constants.js";
import { parseFloat16 } from "hyparquet/src/convert.js";
import type { ParquetType } from "hyparquet/src/types.js";
import { utf8 } from "../../io.ts";
import { quote } from "../../wording.ts";
import type { Cell } from "../cell.ts";
import { badParquet } from "./bad-parquet.ts";
import { dateCell, TICKS, timeCell, timestampCell } from "./datetime.ts";
import { fieldsOf, integerOf } from "./thrift-values.ts";

/** A stored value; a 96-bit integer is a BigInt. */
export type Stored = boolean | number | bigint | Uint8Array;

/** Returns the cell of a value. */
export type Logical = (value: Stored) => Cell;

/** The logical types by the number of their field in the union LogicalType. */
const MEANINGS: ReadonlyMap<number, string> = new Map([
  [1, "STRING"],
  [4, "ENUM"],
  [5, "DECIMAL"],
  [6, "DATE"],
  [7, "TIME"],
  [8, "TIMESTAMP"],
  [10, "INTEGER"],
  [11, "NULL"],
  [12, "JSON"],
  [13, "BSON"],
  [14, "UUID"],
  [15, "FLOAT16"],
  [16, "VARIANT"],
  [17, "GEOMETRY"],
  [18, "GEOGRAPHY"],
]);

/** A logical type by its name in the format, with its parameters. */
interface Meaning {
  readonly name: string;
  readonly scale?: number;
  readonly ticks?: bigint | undefined;
  readonly isUtc?: boolean;
  readonly isUnsigned?: boolean;
}

/**
 * Returns the function that makes the cells of a column: numbers, text and booleans. 64-bit
 * integers beyond ±(2^53-1) and decimals of more digits become text; so do dates and times, in the
 * form of ISO 8601 with all their digits; NaN becomes a missing cell.
 *
 * @throws ServiceError `invalid_argument` for a type that a cell cannot have, named
 */
export function logicalOf(
  name: string,
  type: ParquetType,
  typeLength: number | undefined,
  element: unknown,
): Logical {
  const meaning = meaningOf(element);
  const logical = cellsOf(type, typeLength, meaning);
  if (logical !== undefined) return logical;
  const what = meaning.name === "" ? "bytes that are not said to be text" : meaning.name;
  throw badParquet(
    `column ${quote(name)} is of ${what} (stored as ${type}), which a cell cannot have`,
  );
}

function meaningOf(element: unknown): Meaning {
  const { converted, scale, logical } = fieldsOf(element, { converted: 6, scale: 7, logical: 10 });
  if (typeof logical !== "object" || logical === null) {
    const name = converted === undefined ? "" : (ConvertedTypes[integerOf(converted)] ?? "unknown");
    return convertedMeaning(name, integerOf(scale ?? 0));
  }
  // A union: one field is set.
  const [[field = "", parameters = {}] = []] = Object.entries(logical);
  const name = MEANINGS.get(Number(field.slice("field_".length))) ?? "an unknown type";
  const { first, second } = fieldsOf(parameters, { first: 1, second: 2 });
  switch (name) {
    case "DECIMAL":
      return { name, scale: integerOf(first) };
    case "TIME":
    case "TIMESTAMP":
      return { name, isUtc: first === true, ticks: ticksOf(second) };
    case "INTEGER":
      return { name, isUnsigned: second === false };
    default:
      return { name };
  }
}

function convertedMeaning(name: string, scale: number): Meaning {
  const [, kind = name, unit = ""] = /^(TIME|TIMESTAMP)_(MILLIS|MICROS)$/.exec(name) ?? [];
  if (unit !== "") {
    // These are UTC by definition.
    return { name: kind, isUtc: true, ticks: unit === "MILLIS" ? TICKS.millis : TICKS.micros };
  }
  if (/^U?INT_/.test(name)) return { name: "INTEGER", isUnsigned: name.startsWith("U") };
  return name === "UTF8" ? { name: "STRING" } : { name, scale };
}

function ticksOf(unit: unknown): bigint | undefined {
  const { millis, micros, nanos } = fieldsOf(unit, { millis: 1, micros: 2, nanos: 3 });
  if (millis !== undefined) return TICKS.millis;
  if (micros !== undefined) return TICKS.micros;
  return nanos === undefined ? undefined : TICKS.nanos;
}

function cellsOf(
  type: ParquetType,
  typeLength: number | undefined,
  { name, scale = 0, ticks, isUtc = false, isUnsigned = false }: Meaning,
): Logical | undefined {
  if (name === "NULL") return () => null;
  if (name === "DECIMAL") return type === "DOUBLE" ? undefined : (value) => decimal(value, scale);
  const isBytes = type === "BYTE_ARRAY" || type === "FIXED_LEN_BYTE_ARRAY";
  if (isBytes) return bytesCells(type, typeLength, name);
  if (type === "INT96")
    return (value) => timestampCell(nanosOf96(value as bigint), TICKS.nanos, false);
  switch (name) {
    case "":
      return plainCells(type);
    case "INTEGER":
      return isUnsigned ? unsigned(type) : plainCells(type);
    case "DATE":
      return (value) => dateCell(Number(value));
    case "TIME":
      if (ticks === undefined) return undefined;
      return (value) => timeCell(BigInt(value as number | bigint), ticks);
    case "TIMESTAMP":
      if (ticks === undefined) return undefined;
      return (value) => timestampCell(BigInt(value as number | bigint), ticks, isUtc);
    default:
      return undefined;
  }
}

function plainCells(type: ParquetType): Logical {
  if (type === "INT64") return (value) => integer(value as bigint);
  if (type !== "FLOAT" && type !== "DOUBLE") return (value) => value as Cell;
  return (value) => (Number.isNaN(value) ? null : (value as number));
}

function unsigned(type: ParquetType): Logical | undefined {
  if (type === "INT32") return (value) => (value as number) >>> 0;
  if (type !== "INT64") return undefined;
  return (value) => integer(BigInt.asUintN(64, value as bigint));
}

function bytesCells(
  type: ParquetType,
  typeLength: number | undefined,
  name: string,
): Logical | undefined {
  if (name === "UUID" && typeLength === 16) return (value) => uuid(value as Uint8Array);
  if (name === "FLOAT16" && typeLength === 2) {
    return (value) => {
      const number = parseFloat16(value as Uint8Array);
      return number === undefined || Number.isNaN(number) ? null : number;
    };
  }
  const isText = name === "STRING" || name === "ENUM" || name === "JSON";
  return isText && type === "BYTE_ARRAY" ? (value) => text(value as Uint8Array) : undefined;
}

function text(bytes: Uint8Array): string {
  const value = utf8(bytes);
  if (value === undefined) throw badParquet("a text in it is not UTF-8");
  return value;
}

function uuid(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function integer(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

/** Converts a decimal to a number if it has all digits, or else to text. */
function decimal(value: Stored, scale: number): number | string {
  const unscaled =
    value instanceof Uint8Array ? bigEndian(value) : BigInt(value as number | bigint);
  if (scale > MAX_DECIMAL_BYTES * 3) throw badParquet("a decimal in it has too many digits");
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  const point = digits.length - scale;
  const sign = unscaled < 0n ? "-" : "";
  const fraction = scale > 0 ? `.${digits.slice(point)}` : "";
  const exact = sign + digits.slice(0, point) + fraction;
  return digits.replace(/^0+/, "").length <= 15 ? Number(exact) : exact;
}

/** 256 bits, the most that Arrow has; the time grows with the square of the length. */
const MAX_DECIMAL_BYTES = 32;

function bigEndian(bytes: Uint8Array): bigint {
  if (bytes.length > MAX_DECIMAL_BYTES) throw badParquet("a decimal in it has too many digits");
  const value = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return BigInt.asIntN(8 * bytes.length, value);
}

/** Converts Julian days and nanoseconds of the day to nanoseconds since 1970. */
function nanosOf96(value: bigint): bigint {
  const days = (value >> 64n) - 2_440_588n;
  return days * 86_400n * TICKS.nanos + BigInt.asUintN(64, value);
}
