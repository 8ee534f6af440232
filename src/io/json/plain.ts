/**
 * Small JSON texts, read by `JSON.parse` where it gives the same value as the readers of this
 * folder, since it is several times as fast.
 * @module
 */
import { asciiText } from "../ascii.ts";
import { numberRuns, WINDOW_BYTES } from "./number-runs.ts";
import { MAX_DEPTH } from "./reader.ts";

/** The longest text: `JSON.parse` blocks the event loop for less than 1 ms on it. */
const MAX_BYTES = WINDOW_BYTES;

/** Integers of fewer digits are exact as doubles. */
const MAX_DIGITS = 15;

const QUOTE = 0x22;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const LETTER_E = 0x65;
/** Turns an upper-case letter into a lower-case one. */
const LOWER = 0x20;

const DECODER = new TextDecoder("utf-8", { fatal: true });

/**
 * Returns the value of a small JSON text, or `undefined` if a reader must read it: a text that is
 * large, is not JSON or not UTF-8, is nested too deep, or has an integer of 16 digits or more, or
 * an exponent of three digits.
 */
export function parsePlain(bytes: Uint8Array): unknown {
  if (bytes.length > MAX_BYTES) return undefined;
  if (!(numberRuns()?.isPlain(bytes, MAX_DEPTH) ?? isPlain(bytes))) return undefined;
  try {
    return JSON.parse(asciiText(bytes) ?? DECODER.decode(bytes));
  } catch {
    return undefined; // A reader reports what is wrong, and where.
  }
}

/**
 * Returns true if valid JSON has nothing that `JSON.parse` reads differently, as `NumberRuns` does
 * where there is WebAssembly.
 */
function isPlain(bytes: Uint8Array): boolean {
  let depth = 0;
  let digits = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number; // `at` is within the bytes
    if (byte >= ZERO && byte <= NINE) {
      digits += 1;
      if (digits > MAX_DIGITS) return false;
      continue;
    }
    if (byte === POINT) {
      // The digits of a fraction may be any number.
      digits = Number.NEGATIVE_INFINITY;
      continue;
    }
    if (byte === QUOTE) {
      at = endOfString(bytes, at);
    } else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) {
      depth += 1;
      if (depth > MAX_DEPTH) return false;
    } else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) {
      depth -= 1;
    } else if ((byte | LOWER) === LETTER_E && digits !== 0 && hasLongExponent(bytes, at + 1)) {
      return false;
    }
    digits = 0;
  }
  return true;
}

/** Returns true if an exponent may make a number greater than any double. */
function hasLongExponent(bytes: Uint8Array, start: number): boolean {
  const from = bytes[start] === PLUS ? start + 1 : start;
  for (let at = from; at < from + 3; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < ZERO || byte > NINE) return false;
  }
  return true;
}

/**
 * Returns the end of the string that begins at `start`. No byte of another character is a quote.
 */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  for (; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at += 1;
  return at;
}
