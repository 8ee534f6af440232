/**
 * JsonReader: parses JSON from its bytes, in steps between which other work can run.
 *
 * It reads the texts that `JSON.parse` reads, with the same values, except for numbers that a
 * double cannot hold and for unbounded nesting. It can also read the bare `NaN` and `Infinity` that
 * Python and NumPy write.
 * @module
 */

import { excerpt } from "../wording.ts";
import { isSafeText } from "./big-integer.ts";
import { beyondDouble, hasByteOrderMark, invalidJson, isSpace, unexpected } from "./error.ts";
import { asciiText, NumberScanner } from "./number.ts";
import { JsonSpan, SpanScanner } from "./span.ts";
import { StringScanner } from "./string.ts";
import { startsWith } from "./word.ts";

/** The handling of numbers that JavaScript or JSON does not have. */
export interface JsonReading {
  /**
   * Whole numbers beyond ±(2^53-1) become an error where no double is equal to them (`"refuse"`,
   * the default), BigInts, the nearest doubles, strings of digits, or strings only where no double
   * is equal to them (`"exact"`).
   */
  readonly bigIntegers?: "refuse" | "bigint" | "number" | "string" | "exact";
  /** Bare `NaN`, `Infinity` and `-Infinity` become an error (the default) or `null`. */
  readonly nonFinite?: "refuse" | "null";
  /** The most arrays, objects and keys. Default a million: each takes memory even when empty. */
  readonly maxParts?: number;
  /**
   * Returns true for the arrays that are left to another reader: their values are `JsonSpan`s.
   *
   * @param path the keys of an array in the text, `""` for the elements of arrays
   */
  readonly isSpan?: (path: readonly string[]) => boolean;
}

/**
 * The most levels of nesting. Recursive code (a schema, `JSON.stringify` on Bun) would overflow the
 * stack at some tens of thousands of levels.
 */
export const MAX_DEPTH = 512;

/** The default for the most arrays, objects and keys of a text. */
const MAX_PARTS = 1_000_000;

/** The most digits of an integer, as in Python: conversion takes more than linear time. */
const MAX_DIGITS = 4300;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const WORDS: readonly (readonly [word: string, value: boolean | null])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];
const NON_FINITE_WORDS = ["NaN", "Infinity", "-Infinity"];

type Container = unknown[] | Record<string, unknown>;

/** Reads one body. */
export class JsonReader {
  readonly #bytes: Uint8Array;
  readonly #options: JsonReading;
  readonly #numbers = new NumberScanner();
  readonly #strings: StringScanner;
  /** The arrays and objects that are open, and the key of each object's next value. */
  readonly #open: Container[] = [];
  readonly #keys: string[] = [];
  #at: number;
  #parts = 0;
  #value: unknown;
  /** The scanner of the span at the position, if one has been begun. */
  #span: SpanScanner | undefined;

  constructor(bytes: Uint8Array, options: JsonReading = {}) {
    this.#bytes = bytes;
    this.#options = options;
    this.#strings = new StringScanner(bytes);
    this.#at = hasByteOrderMark(bytes) ? 3 : 0;
  }

  /** The value, once `read()` has returned true. */
  get value(): unknown {
    return this.#value;
  }

  /**
   * Reads about `byteCount` more bytes, or to the end.
   *
   * @returns true when the value is complete
   * @throws ServiceError `invalid_argument` for invalid JSON, and for values that are refused
   */
  read(byteCount: number = Number.POSITIVE_INFINITY): boolean {
    const limit = (this.#span?.at ?? this.#at) + byteCount;
    for (;;) {
      this.#skipSpace();
      const byte = this.#bytes[this.#at];
      if (byte === OPEN_BRACKET && this.#options.isSpan?.(this.#keys) === true) {
        if (!this.#readSpan(limit)) return false;
      } else if (byte === OPEN_BRACKET) {
        if (this.#enter([], CLOSE_BRACKET)) continue;
      } else if (byte === OPEN_BRACE) {
        if (this.#enter({}, CLOSE_BRACE)) {
          this.#readKey();
          continue;
        }
      } else {
        this.#value = this.#scalar(byte);
      }
      if (!this.#attach()) return this.#finish();
      if (this.#at >= limit) return false;
    }
  }

  /** Reads an array as a span. Returns false at the limit. */
  #readSpan(limit: number): boolean {
    this.#span ??= new SpanScanner(this.#bytes, this.#at);
    if (!this.#span.read(limit)) return false;
    this.#value = new JsonSpan(this.#at, this.#span.at);
    this.#at = this.#span.at;
    this.#span = undefined;
    return true;
  }

  /** Opens an array or object. Returns false if it is empty, and so complete. */
  #enter(container: Container, close: number): boolean {
    this.#at += 1;
    this.#count();
    if (this.#open.length === MAX_DEPTH) {
      throw invalidJson(
        `it is nested deeper than ${MAX_DEPTH} levels (byte ${this.#at - 1} of the body)`,
      );
    }
    this.#skipSpace();
    if (this.#bytes[this.#at] === close) {
      this.#at += 1;
      this.#value = container;
      return false;
    }
    this.#open.push(container);
    this.#keys.push("");
    return true;
  }

  /**
   * Adds the value to its container, and closes those that end. Returns false after the last one.
   */
  #attach(): boolean {
    const bytes = this.#bytes;
    for (let depth = this.#open.length - 1; depth >= 0; depth--) {
      const container = this.#open[depth];
      const isArray = Array.isArray(container);
      if (isArray) container.push(this.#value);
      else setOwn(container as Record<string, unknown>, this.#keys[depth] ?? "", this.#value);
      this.#skipSpace();
      const byte = bytes[this.#at];
      if (byte === COMMA) {
        this.#at += 1;
        if (!isArray) this.#readKey();
        return true;
      }
      if (byte !== (isArray ? CLOSE_BRACKET : CLOSE_BRACE)) throw unexpected(bytes, this.#at);
      this.#at += 1;
      this.#value = container;
      this.#open.length = depth;
      this.#keys.length = depth;
    }
    return false;
  }

  #readKey(): void {
    this.#count();
    this.#skipSpace();
    if (this.#bytes[this.#at] !== QUOTE) throw unexpected(this.#bytes, this.#at);
    this.#keys[this.#keys.length - 1] = this.#strings.read(this.#at);
    this.#at = this.#strings.end;
    this.#skipSpace();
    if (this.#bytes[this.#at] !== COLON) throw unexpected(this.#bytes, this.#at);
    this.#at += 1;
  }

  #scalar(byte: number | undefined): unknown {
    if (byte === QUOTE) {
      const text = this.#strings.read(this.#at);
      this.#at = this.#strings.end;
      return text;
    }
    const start = this.#at;
    const value = this.#numbers.read(this.#bytes, start);
    if (Number.isNaN(value)) return this.#word(byte);
    this.#at = this.#numbers.end;
    if (this.#numbers.isInteger && !Number.isSafeInteger(value)) return this.#bigInteger(start);
    if (!Number.isFinite(value)) throw beyondDouble(start);
    return value;
  }

  #word(byte: number | undefined): boolean | null {
    for (const [word, value] of WORDS) if (this.#take(word)) return value;
    if (this.#options.nonFinite === "null" && NON_FINITE_WORDS.some((word) => this.#take(word))) {
      return null;
    }
    // After a minus or a point, the next byte is the unexpected one.
    throw unexpected(this.#bytes, byte === MINUS ? this.#at : this.#numbers.end);
  }

  #take(word: string): boolean {
    if (!startsWith(this.#bytes, this.#at, word)) return false;
    this.#at += word.length;
    return true;
  }

  #bigInteger(start: number): bigint | number | string {
    const digits = asciiText(this.#bytes, start, this.#at);
    if (digits.length > MAX_DIGITS) {
      throw invalidJson(`the number at byte ${start} has more than ${MAX_DIGITS} digits`);
    }
    const { bigIntegers = "refuse" } = this.#options;
    if (bigIntegers === "bigint") return BigInt(digits);
    if (bigIntegers === "string") return digits;
    const isSafe = isSafeText(digits);
    if (bigIntegers === "exact" && !isSafe) return digits;
    const value = Number(digits);
    if (!Number.isFinite(value)) throw beyondDouble(start);
    if (bigIntegers === "number" || isSafe) return value;
    throw invalidJson(
      `the number ${excerpt(digits)} at byte ${start} is beyond ±(2^53-1), and would become ` +
        `${value}: send it as a string`,
    );
  }

  #finish(): true {
    this.#skipSpace();
    if (this.#at < this.#bytes.length) throw unexpected(this.#bytes, this.#at);
    return true;
  }

  #count(): void {
    this.#parts += 1;
    const { maxParts = MAX_PARTS } = this.#options;
    if (this.#parts > maxParts) {
      throw invalidJson(`it has more than ${maxParts} arrays, objects and keys`);
    }
  }

  #skipSpace(): void {
    while (isSpace(this.#bytes[this.#at])) this.#at += 1;
  }
}

/** Sets an own property, even one that objects inherit, such as `__proto__`. */
export function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") {
    object[key] = value;
    return;
  }
  const own = { value, enumerable: true, writable: true, configurable: true };
  Object.defineProperty(object, key, own);
}
