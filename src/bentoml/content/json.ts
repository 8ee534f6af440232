/**
 * JSON from and to the field `json`, a `google.protobuf.Value`. Its numbers are doubles.
 * @module
 */

import { NullValue, type Struct, type Value } from "@bufbuild/protobuf/wkt";
import { invalidArgument } from "../../error.ts";
import { isSafeText } from "../../io/json/big-integer.ts";
import { MAX_DEPTH, setOwn } from "../../io/json/reader.ts";
import { jsonForm, parseJson, unwritable } from "../../io/json/text.ts";
import type { JsonSpec, NamedTensorsSpec } from "../../io/spec.ts";
import { JsonContent } from "../wire/json-content.ts";

/**
 * Decodes a value for a handler.
 *
 * @throws ServiceError `invalid_argument` for NaN and Infinity, which JSON does not have (INTERNAL
 *   in BentoML), and for a value that the descriptor refuses
 */
export function decodeJson(
  message: Value | JsonContent,
  spec: JsonSpec | NamedTensorsSpec,
): unknown | Promise<unknown> {
  return spec.convert(message instanceof JsonContent ? message.value : jsonOf(message));
}

/**
 * Encodes a value with the same result and the same errors as `stringifyJson()`. As in protobuf's
 * JSON mapping, integers that a double cannot hold become strings of digits; numbers,
 * such as 1e20, stay numbers.
 *
 * @throws TypeError for what JSON cannot express (NaN, Infinity, a cycle), with its path
 */
export function encodeJson(value: unknown): Value {
  if (value === undefined) return NULL;
  let message: Value | undefined;
  try {
    message = messageOf(value, "", 0);
  } catch (error) {
    throw unwritable(value, error);
  }
  if (message === undefined) throw unwritable(value);
  return message;
}

const NULL: Value = toValue({ case: "nullValue", value: NullValue.NULL_VALUE });

function toValue(kind: Value["kind"]): Value {
  return { $typeName: "google.protobuf.Value", kind };
}

/** Returns `undefined` for what JSON leaves out: undefined, functions and symbols. */
function messageOf(given: unknown, key: string | number, depth: number): Value | undefined {
  const value = jsonForm(given, key);
  switch (typeof value) {
    case "string":
      return toValue({ case: "stringValue", value });
    case "boolean":
      return toValue({ case: "boolValue", value });
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`${value} is not JSON`);
      // JSON has no -0.
      return toValue({ case: "numberValue", value: value === 0 ? 0 : value });
    case "bigint":
      return bigIntegerOf(value);
    case "object":
      if (value === null) return NULL;
      if (depth === MAX_DEPTH) throw new TypeError("It is nested too deep");
      return Array.isArray(value) ? listOf(value, depth) : structOf(value, depth);
    default:
      return undefined;
  }
}

function bigIntegerOf(value: bigint): Value {
  const near = Number(value);
  const digits = String(value);
  return Number.isSafeInteger(near) || isSafeText(digits)
    ? toValue({ case: "numberValue", value: near })
    : toValue({ case: "stringValue", value: digits });
}

function listOf(list: readonly unknown[], depth: number): Value {
  const values = new Array<Value>(list.length);
  for (let at = 0; at < values.length; at++) {
    values[at] = messageOf(list[at], at, depth + 1) ?? NULL;
  }
  const value = { $typeName: "google.protobuf.ListValue", values } as const;
  return toValue({ case: "listValue", value });
}

function structOf(object: object, depth: number): Value {
  const raw = rawTextOf(object);
  if (raw !== undefined) return encodeJson(parseJson(new TextEncoder().encode(raw), RAW));
  const fields: Struct["fields"] = {};
  for (const key of Object.keys(object)) {
    const message = messageOf((object as Record<string, unknown>)[key], key, depth + 1);
    if (message !== undefined) setOwn(fields, key, message);
  }
  return toValue({ case: "structValue", value: { $typeName: "google.protobuf.Struct", fields } });
}

const RAW = { bigIntegers: "exact" } as const;
const { isRawJSON } = JSON as { isRawJSON?: (value: unknown) => boolean };

/** Returns the text of a result of `JSON.rawJSON()`. */
function rawTextOf(object: object): string | undefined {
  return isRawJSON?.(object) === true ? (object as { rawJSON: string }).rawJSON : undefined;
}

/** Returns the value of a message, whose depth protobuf has bounded. */
export function jsonOf({ kind }: Value): unknown {
  switch (kind.case) {
    case "structValue":
      return Object.fromEntries(
        Object.entries(kind.value.fields).map(([name, value]) => [name, jsonOf(value)]),
      );
    case "listValue":
      return kind.value.values.map(jsonOf);
    case "numberValue":
      if (Number.isFinite(kind.value)) return kind.value;
      throw invalidArgument(
        `Invalid JSON input received: a number in it is ${kind.value}, which JSON has no word for`,
      );
    case "boolValue":
    case "stringValue":
      return kind.value;
    default:
      // `null`, and a message with nothing set, which is the same to Python's protobuf.
      return null;
  }
}
