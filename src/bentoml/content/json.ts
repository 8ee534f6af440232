/**
 * JSON from and to the field `json`, a `google.protobuf.Value`. Its numbers are doubles.
 * @module
 */

import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@bufbuild/protobuf/wkt";
import { invalidArgument } from "../../error.ts";
import type { JsonDescriptor } from "../../io/descriptor.ts";
import type { Payload } from "../../io/io.ts";
import type { JsonReading } from "../../io/json/reader.ts";
import { parseJson } from "../../io/json/text.ts";

/** How JSON that the server itself wrote is read: a handler's numbers stay numbers. */
const OWN: JsonReading = { bigIntegers: "exact", maxParts: Number.POSITIVE_INFINITY };

/** More than a body of `json()` can have: each level is an object in up to three messages. */
const MAX_MESSAGE_DEPTH = 2048;

/**
 * The value a handler is given.
 *
 * @throws ServiceError `invalid_argument` for NaN and Infinity, which JSON has no word for and
 *   BentoML answers with INTERNAL, and for what the descriptor's schema does not take
 */
export function decodeJson(message: Value, descriptor: JsonDescriptor): unknown | Promise<unknown> {
  return descriptor.accept(jsonOf(message));
}

/**
 * Makes a message of a JSON body, which `json()` has checked. As in protobuf's JSON mapping,
 * integers that a double cannot hold become strings of digits; numbers, such as 1e20, stay numbers.
 */
export function encodeJson({ bytes }: Payload): Value {
  const json = parseJson(bytes, OWN) as JsonValue;
  return fromJson(ValueSchema, json, { recursionLimit: MAX_MESSAGE_DEPTH });
}

/** How deep a message may be, protobuf has seen to. */
function jsonOf({ kind }: Value): unknown {
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
      // `null`, and a message with nothing set, which to Python's protobuf is the same.
      return null;
  }
}
