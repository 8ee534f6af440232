/**
 * JSON from and to bytes, with checks that `JSON` itself does not have: bounds when reading, and no
 * silent `null` for NaN when writing.
 * @module
 */
import { messageOf } from "../../error.ts";
import { nextTurn } from "../../turns.ts";
import type { IoHost } from "../io.ts";
import { formatPath } from "../wording.ts";
import { parsePlain } from "./plain.ts";
import { JsonReader, type JsonReading, MAX_DEPTH } from "./reader.ts";

/** The bytes that are read in one step. */
const STEP_BYTES = 64 * 1024;

/**
 * Parses a JSON text.
 *
 * @throws ServiceError `invalid_argument` with the position, for an empty body, for bytes that are
 *   not UTF-8 or not JSON, for more than 512 levels of nesting or a million arrays, objects and
 *   keys, and for numbers that a double cannot hold; see `JsonReading`
 */
export function parseJson(bytes: Uint8Array, reading?: JsonReading): unknown {
  // A text has fewer parts than bytes.
  if (bytes.length <= (reading?.maxParts ?? bytes.length) && reading?.isSpan === undefined) {
    const value = parsePlain(bytes);
    if (value !== undefined) return value;
  }
  const reader = new JsonReader(bytes, reading);
  reader.read();
  return reader.value;
}

/**
 * Parses JSON: a small text at once, a large one in turns with other work.
 *
 * @throws ServiceError as `parseJson()`; the signal's reason when it is aborted
 */
export function readJson(
  bytes: Uint8Array,
  reading?: JsonReading,
  host?: IoHost,
): unknown | Promise<unknown> {
  return bytes.length <= STEP_BYTES ? parseJson(bytes, reading) : inTurns(bytes, reading, host);
}

async function inTurns(bytes: Uint8Array, reading?: JsonReading, host?: IoHost): Promise<unknown> {
  const reader = new JsonReader(bytes, reading);
  do {
    await nextTurn(host?.signal);
  } while (!reader.read(STEP_BYTES));
  return reader.value;
}

/** Writes a value as the bytes of `jsonText()`. @throws TypeError as `jsonText()` */
export function stringifyJson(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(jsonText(value));
}

/**
 * Writes a value as compact JSON; `undefined` becomes `null`, and BigInts integers.
 *
 * @throws TypeError for what JSON cannot express (NaN, Infinity, a cycle), with its path
 */
export function jsonText(value: unknown): string {
  if (value === undefined) return "null";
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    // Most values have no BigInts; without a visit to each part, writing takes half the time.
    text = stringifyBigInts(value, error);
  }
  if (text === undefined) throw unwritable(value);
  // NaN and Infinity have become null: a text without null needs no search for them.
  const trouble = text.includes("null") ? findTrouble(value, []) : undefined;
  if (trouble !== undefined) throw new TypeError(`${ACTION}: ${trouble}`);
  return text;
}

const ACTION = "Cannot encode as JSON";

/** Inserts raw text into JSON; on runtimes without it, BigInts cannot be written. */
const { rawJSON } = JSON as { rawJSON?: (text: string) => unknown };

function stringifyBigInts(value: unknown, cause: unknown): string {
  try {
    const trouble = findTrouble(value, []);
    if (trouble !== undefined) throw new TypeError(trouble);
    return JSON.stringify(value, (_, part: unknown) =>
      typeof part === "bigint" && rawJSON !== undefined ? rawJSON(String(part)) : part,
    );
  } catch (error) {
    throw new TypeError(`${ACTION}: ${messageOf(error)}`, { cause });
  }
}

/**
 * Returns the error for a value that cannot be JSON.
 *
 * @param cause the error that it was found by, if any
 */
export function unwritable(value: unknown, cause?: unknown): TypeError {
  let trouble: string | undefined;
  try {
    trouble = findTrouble(value, []);
  } catch (error) {
    trouble = messageOf(error);
  }
  trouble ??= cause === undefined ? `the value is a ${typeof value}` : messageOf(cause);
  return new TypeError(`${ACTION}: ${trouble}`, cause === undefined ? {} : { cause });
}

/** Returns the first part of a value that JSON cannot express, and its path, in words. */
function findTrouble(original: unknown, path: PropertyKey[]): string | undefined {
  const value = jsonForm(original, path.at(-1) ?? "");
  if (typeof value === "number" && !Number.isFinite(value)) {
    return `${place(path)} is ${value}, which JSON has no word for`;
  }
  if (typeof value !== "object" || value === null) return undefined;
  if (path.length >= MAX_DEPTH) {
    return `the value is circular, or nested deeper than ${MAX_DEPTH} levels`;
  }
  for (const [key, child] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    path.push(key);
    const trouble = findTrouble(child, path);
    if (trouble !== undefined) return trouble;
    path.pop();
  }
  return undefined;
}

/**
 * Returns what `JSON.stringify` writes for a value: the result of its `toJSON()`, and the primitive
 * of a `Number`, `String`, `Boolean` or `BigInt` object.
 */
export function jsonForm(value: unknown, key: PropertyKey): unknown {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return value;
  }
  const { toJSON } = (value ?? {}) as { toJSON?: unknown };
  const form: unknown = typeof toJSON === "function" ? toJSON.call(value, String(key)) : value;
  return form instanceof Number ||
    form instanceof String ||
    form instanceof Boolean ||
    form instanceof BigInt
    ? form.valueOf()
    : form;
}

function place(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "the value" : formatPath(path);
}
