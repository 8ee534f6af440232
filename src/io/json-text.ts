/**
 * Bytes to the value of a JSON text and back, with the checks that `JSON` itself leaves out: a
 * bound on depth when reading, and no silent `null` for NaN when writing.
 * @module
 */
import { invalidArgument, messageOf, type ServiceError } from "../error.ts";
import { utf8 } from "./io.ts";
import { MAX_DEPTH, troubleInBytes } from "./json-scan.ts";
import { type PythonJson, plainJson } from "./python-json.ts";
import { formatPath } from "./wording.ts";

/**
 * The value of a JSON text.
 *
 * @param python for a text that may be as Python writes it; see `plainJson()`
 * @throws ServiceError `invalid_argument` for an empty body, for bytes that are not UTF-8 or not
 *   JSON, for more than 512 levels of nesting or a million arrays, objects and keys, and for a
 *   number beyond what a double holds, which `JSON.parse` makes Infinity
 */
export function parseJson(bytes: Uint8Array, python?: PythonJson): unknown {
  if (bytes.length === 0) throw invalidJson("the body is empty");
  const text = utf8(bytes);
  if (text === undefined) throw invalidJson("the body is not UTF-8");
  const trouble = troubleInBytes(bytes);
  if (trouble !== undefined) throw invalidJson(trouble);
  const value = parse(python === undefined ? text : plainJson(text, python));
  if (hasInfinite(value)) {
    throw invalidJson("a number in it is beyond ±1.8e308, which is as far as they go");
  }
  return value;
}

/** The error for a body that is not the JSON that was wanted, in BentoML's words. */
export function invalidJson(reason: string, cause?: unknown): ServiceError {
  return invalidArgument(`Invalid JSON input received: ${reason}`, cause);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // Bun's reasons begin with words that ours have said already.
    throw invalidJson(messageOf(error).replace(/^JSON Parse error: /, ""), error);
  }
}

/** Whether a number in a value, which is not too deep for recursion, is infinite. */
function hasInfinite(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return isInfinite(value);
  for (const child of Array.isArray(value) ? value : Object.values(value)) {
    // Tested here too, so that a million numbers are not a million calls.
    if (typeof child === "object" && child !== null ? hasInfinite(child) : isInfinite(child)) {
      return true;
    }
  }
  return false;
}

function isInfinite(value: unknown): boolean {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
}

/**
 * A value as compact JSON; `undefined` is `null`.
 *
 * @throws TypeError for what JSON cannot say (NaN, Infinity, a BigInt, a cycle), naming the path
 */
export function stringifyJson(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(stringify(value));
}

function stringify(value: unknown): string {
  if (value === undefined) return "null";
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    const trouble = findTrouble(value, []) ?? messageOf(error);
    throw new TypeError(`Cannot encode as JSON: ${trouble}`, { cause: error });
  }
  if (text === undefined) {
    throw new TypeError(`Cannot encode as JSON: the value is a ${typeof value}`);
  }
  // NaN and Infinity have become null: where there is no null there was neither, and most
  // values are never walked.
  const trouble = text.includes("null") ? findTrouble(value, []) : undefined;
  if (trouble !== undefined) throw new TypeError(`Cannot encode as JSON: ${trouble}`);
  return text;
}

/** What JSON cannot say in a value and where, in words; the first that is met. */
function findTrouble(original: unknown, path: PropertyKey[]): string | undefined {
  const value = jsonForm(original, path);
  if (typeof value === "bigint") {
    return `${place(path)} is the BigInt ${value}; make it a number or a string`;
  }
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

function jsonForm(value: unknown, path: readonly PropertyKey[]): unknown {
  const form = value as { toJSON?: unknown } | null | undefined;
  return typeof form?.toJSON === "function" ? form.toJSON(String(path.at(-1) ?? "")) : value;
}

function place(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "the value" : formatPath(path);
}
