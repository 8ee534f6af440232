/**
 * Shapes: how JSON values stand in the fields of messages.
 * @module
 */

import { invalidArgument } from "../error.ts";
import { jsonForm } from "../io/json/text.ts";
import { describe, quote } from "../io/wording.ts";
import type { EnumType, FieldType, Scalar } from "./types.ts";

/** How values of one kind stand in a field. */
export interface Shape {
  readonly type: FieldType;
  readonly label: "one" | "list" | "map";
  /**
   * Returns the value of a field of a request.
   *
   * @throws ServiceError `invalid_argument` for what JSON has no word for
   */
  read(field: unknown): unknown;
  /** Returns the field of a value. @throws TypeError for one that does not fit */
  write(value: unknown): unknown;
  /** Returns true for a value that it can have, to choose between several shapes. */
  accepts(value: unknown): boolean;
}

/** A shape whose fields are values as they are. */
function plain(type: Scalar, accepts: (value: unknown) => boolean): Shape {
  return {
    type,
    label: "one",
    accepts,
    read: (field) => field,
    write: (value) => fitting(value, accepts, type),
  };
}

function fitting(given: unknown, accepts: (value: unknown) => boolean, type: string): unknown {
  const value = jsonForm(given, "");
  if (accepts(value)) return value;
  throw new TypeError(`Cannot encode ${describe(value)} as ${type}`);
}

const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => Number.isFinite(value);

/** Booleans. */
export const BOOLEAN: Shape = plain("bool", (value) => typeof value === "boolean");

/** Texts. Halves of surrogate pairs, which UTF-8 does not have, are replaced as in JSON. */
export const TEXT: Shape = {
  ...plain("string", isText),
  write: (value) => (fitting(value, isText, "string") as string).toWellFormed(),
};

/** Returns the shape of numbers, which are finite, as JSON's are. */
export function numbers(type: "double" | "float"): Shape {
  return {
    ...plain(type, isNumber),
    read(field) {
      if (isNumber(field)) return field;
      throw invalidArgument(`A number is ${field}, which JSON has no word for`);
    },
  };
}

/** The types of integers, and their ranges. */
const RANGES = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
} as const;

/**
 * Returns the shape of integers between two bounds, in the smallest type that has both. Those of 64
 * bits that no number is equal to are BigInts.
 */
export function integers(minimum: number | bigint, maximum: number | bigint): Shape {
  const types = Object.keys(RANGES) as (keyof typeof RANGES)[];
  const fits = (type: keyof typeof RANGES): boolean => {
    const [least, most] = RANGES[type];
    return least <= minimum && maximum <= most;
  };
  const type = types.find(fits) ?? "int64";
  const [least, most] = RANGES[type];
  const accepts = (value: unknown): boolean =>
    (typeof value === "bigint" || Number.isInteger(value)) &&
    least <= (value as number) &&
    (value as number) <= most;
  if (type === "int32" || type === "uint32") {
    return { ...plain(type, accepts), write: (value) => Number(fitting(value, accepts, type)) };
  }
  return {
    ...plain(type, accepts),
    read(field) {
      const near = Number(field);
      return Number.isSafeInteger(near) ? near : field;
    },
    write: (value) => BigInt(fitting(value, accepts, type) as number | bigint),
  };
}

/** Returns the shape of the strings of an enum. */
export function enumShape(type: EnumType): Shape {
  const byText = new Map(type.values.map((value) => [value.text, value]));
  const accepts = (value: unknown): boolean => byText.has(value as string);
  return {
    type,
    label: "one",
    accepts,
    read(field) {
      const found = type.values.find(({ number }) => number === field);
      if (found !== undefined) return found.text;
      throw invalidArgument(`${field} is no value of ${type.name}`);
    },
    write: (value) => byText.get(fitting(value, accepts, type.name) as string)?.number,
  };
}

/** Returns the shape of lists of another one, which has single values. */
export function listOf(items: Shape): Shape {
  return {
    type: items.type,
    label: "list",
    read: (field) => (field as readonly unknown[]).map((each) => items.read(each)),
    write(given) {
      const value = jsonForm(given, "");
      if (!Array.isArray(value)) throw new TypeError(`Cannot encode ${describe(value)} as a list`);
      return value.map((each) => items.write(each));
    },
    accepts: (value) => Array.isArray(value) && value.every((each) => items.accepts(each)),
  };
}

/** Returns the shape of objects with any keys, whose values have another shape. */
export function mapOf(values: Shape): Shape {
  const mapped = (of: unknown, convert: (value: unknown) => unknown): object =>
    Object.fromEntries(
      Object.entries(of as object)
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => [key, convert(value)]),
    );
  return {
    type: values.type,
    label: "map",
    read: (field) => mapped(field, (each) => values.read(each)),
    write: (value) => mapped(requireObject(value, "a map"), (each) => values.write(each)),
    accepts: (value) =>
      isObject(value) && Object.values(value).every((each) => values.accepts(each)),
  };
}

/** Returns true for an object that is no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns the form of an object in JSON. @throws TypeError for anything else */
export function requireObject(given: unknown, what: string): Readonly<Record<string, unknown>> {
  const value = jsonForm(given, "");
  if (isObject(value)) return value;
  throw new TypeError(`Cannot encode ${describe(value)} as ${what}`);
}

/** Returns the error for a field that is not set. */
export function missing(name: string): Error {
  return invalidArgument(`The field ${quote(name)} is not set`);
}
