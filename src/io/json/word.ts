/**
 * The literal words of JSON, and those that Python writes besides.
 * @module
 */

import { describe, excerpt } from "../wording.ts";
import { unexpected } from "./error.ts";
import { asciiText, NumberScanner } from "./number.ts";
import { StringScanner } from "./string.ts";

const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;

/** A word and its value. */
export type Word = readonly [word: string, value: boolean | number | null];

const WORDS: readonly Word[] = [
  ["true", true],
  ["false", false],
  ["null", null],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
];
const BY_FIRST_BYTE = new Map(WORDS.map((entry) => [entry[0].charCodeAt(0), entry]));

/** Returns the word at a position; `undefined` for anything else. */
export function wordAt(bytes: Uint8Array, at: number): Word | undefined {
  const entry = BY_FIRST_BYTE.get(bytes[at] ?? 0);
  return entry !== undefined && startsWith(bytes, at, entry[0]) ? entry : undefined;
}

/** Returns true if the given ASCII characters are at a position. */
export function startsWith(bytes: Uint8Array, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word.charCodeAt(i)) return false;
  return true;
}

/**
 * Describes the value at a position, which is not an array, for a message.
 *
 * @throws ServiceError `invalid_argument` if there is none
 */
export function describeAt(bytes: Uint8Array, at: number): string {
  if (bytes[at] === QUOTE) return describe(new StringScanner(bytes).read(at));
  if (bytes[at] === OPEN_BRACE) return "an object";
  const word = wordAt(bytes, at);
  if (word !== undefined) return word[0];
  const numbers = new NumberScanner();
  if (Number.isNaN(numbers.read(bytes, at))) throw unexpected(bytes, numbers.end);
  return excerpt(asciiText(bytes, at, numbers.end));
}
