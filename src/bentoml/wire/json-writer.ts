/**
 * writeJson(): writes a value as a `google.protobuf.Value`, without the messages in between.
 * @module
 */

import { isSafeText } from "../../io/json/big-integer.ts";
import { MAX_DEPTH } from "../../io/json/reader.ts";
import { jsonForm, parseJson, unwritable } from "../../io/json/text.ts";
import { Writer } from "../../protobuf/writer.ts";

/**
 * The tags of the fields of `Value`, and of the entries of the map in `Struct`. `json-reader.ts`
 * has the same: importing them would make writing some 7 % slower on Deno and Node, and reading on
 * all three.
 */
const NULL = 0x08;
const NUMBER = 0x11;
const STRING = 0x1a;
const BOOL = 0x20;
const STRUCT = 0x2a;
const LIST = 0x32;
const [ITEM, ENTRY, KEY] = [0x0a, 0x0a, 0x0a];
const ENTRY_VALUE = 0x12;

const RAW = { bigIntegers: "exact" } as const;
const { isRawJSON } = JSON as { isRawJSON?: (value: unknown) => boolean };

/**
 * Writes a value. As in protobuf's JSON mapping, integers that a double cannot hold become strings
 * of digits; numbers, such as 1e20, stay numbers.
 *
 * @throws TypeError for what JSON cannot express (NaN, Infinity, a cycle), with its path
 */
export function writeJson(value: unknown): Uint8Array<ArrayBuffer> {
  // The code of the user's objects runs meanwhile, and may write another value.
  const writer = kept ?? new Writer();
  kept = undefined;
  try {
    let isWritten: boolean;
    try {
      isWritten = value === undefined ? writeNull(writer) : write(writer, value, "", 0);
    } catch (error) {
      throw unwritable(value, error);
    }
    if (!isWritten) throw unwritable(value);
    return writer.copy();
  } finally {
    if (writer.length < KEPT_BYTES) kept = writer;
    writer.clear();
  }
}

/** The writer of a larger value is not kept, since it would hold its memory. */
const KEPT_BYTES = 64 * 1024;

/** The writer of the last value, for the next one. */
let kept: Writer | undefined;

function writeNull(writer: Writer): true {
  writer.small(NULL, 0);
  return true;
}

/** Returns false for what JSON leaves out: undefined, functions and symbols. */
function write(writer: Writer, given: unknown, key: string | number, depth: number): boolean {
  const value = isPlain(given) ? given : jsonForm(given, key);
  switch (typeof value) {
    case "string":
      writer.text(STRING, value);
      return true;
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`${value} is not JSON`);
      writer.double(NUMBER, value === 0 ? 0 : value); // JSON has no -0
      return true;
    case "boolean":
      writer.small(BOOL, value ? 1 : 0);
      return true;
    case "object":
      if (value === null) return writeNull(writer);
      if (depth === MAX_DEPTH) throw new TypeError("It is nested too deep");
      if (Array.isArray(value)) writeList(writer, value, depth + 1);
      else return writeStruct(writer, value as Record<string, unknown>, depth + 1);
      return true;
    case "bigint":
      return writeBigInteger(writer, value);
    default:
      return false;
  }
}

/** Returns true for what has no other form in JSON: primitives and most objects. */
function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    (prototype === Object.prototype || prototype === Array.prototype) &&
    (value as { toJSON?: unknown }).toJSON === undefined
  );
}

function writeList(writer: Writer, list: readonly unknown[], depth: number): void {
  const start = writer.length;
  for (let index = list.length - 1; index >= 0; index--) {
    const end = writer.length;
    if (!write(writer, list[index], index, depth)) writeNull(writer);
    writer.head(ITEM, writer.length - end);
  }
  writer.head(LIST, writer.length - start);
}

function writeStruct(writer: Writer, object: Record<string, unknown>, depth: number): boolean {
  const keys = Object.keys(object);
  if (keys.length === 1 && isRawJSON?.(object) === true) {
    const raw = new TextEncoder().encode(String(object["rawJSON"]));
    return write(writer, parseJson(raw, RAW), "", 0);
  }
  const start = writer.length;
  for (let index = keys.length - 1; index >= 0; index--) {
    const key = keys[index] as string;
    const end = writer.length;
    if (!write(writer, object[key], key, depth)) continue;
    writer.head(ENTRY_VALUE, writer.length - end);
    writer.text(KEY, key);
    writer.head(ENTRY, writer.length - end);
  }
  writer.head(STRUCT, writer.length - start);
  return true;
}

function writeBigInteger(writer: Writer, value: bigint): boolean {
  const near = Number(value);
  const digits = String(value);
  const isNumber = Number.isSafeInteger(near) || isSafeText(digits);
  return write(writer, isNumber ? near : digits, "", 0);
}
