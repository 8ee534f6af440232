/**
 * Strings of a JSON text, read from its bytes.
 * @module
 */
import { invalidJson, notUtf8, unexpected } from "./error.ts";
import { asciiText } from "./number.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
const FIRST_BEYOND_ASCII = 0x80;

/** The longest string that is cached: most cached ones are keys. */
const MAX_KEPT_LENGTH = 32;
const MAX_KEPT = 1024;

/** Shorter strings are built from their characters, which is faster than calling a decoder. */
const SHORT = 24;

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A cached string. */
interface Kept {
  readonly begin: number;
  readonly length: number;
  readonly text: string;
}

/** Reads the strings of one body. */
export class StringScanner {
  /** The position after the last string's closing quote. */
  end = 0;
  readonly #bytes: Uint8Array;
  readonly #kept = new Map<number, Kept>();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /**
   * Reads the string whose opening quote is at `start`.
   *
   * @throws ServiceError `invalid_argument` for one that does not end, is not UTF-8, or has a
   *   control character or an escape that JSON does not have
   */
  read(start: number): string {
    const bytes = this.#bytes;
    let hash = 0;
    let hasEscape = false;
    let isAscii = true;
    let at = start + 1;
    for (; ; at++) {
      const byte = bytes[at];
      if (byte === undefined) throw unexpected(bytes, bytes.length);
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) {
        hasEscape = true;
        at += 1;
      } else if (byte < FIRST_PRINTABLE) {
        throw unexpected(bytes, at);
      } else if (byte >= FIRST_BEYOND_ASCII) {
        isAscii = false;
      }
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    this.end = at + 1;
    if (hasEscape) return this.#unescaped(start);
    if (at - start - 1 <= MAX_KEPT_LENGTH) return this.#keep(hash, start + 1, at, isAscii);
    return this.#decoded(start + 1, at, isAscii);
  }

  /** Caches a string: in a table, most strings are the names of its columns, repeated. */
  #keep(hash: number, begin: number, end: number, isAscii: boolean): string {
    const length = end - begin;
    const kept = this.#kept.get(hash);
    if (kept?.length === length && this.#isSame(kept.begin, begin, length)) return kept.text;
    const text = this.#decoded(begin, end, isAscii);
    if (this.#kept.size < MAX_KEPT) this.#kept.set(hash, { begin, length, text });
    return text;
  }

  #isSame(some: number, other: number, length: number): boolean {
    const bytes = this.#bytes;
    for (let i = 0; i < length; i++) if (bytes[some + i] !== bytes[other + i]) return false;
    return true;
  }

  #decoded(begin: number, end: number, isAscii: boolean): string {
    if (isAscii && end - begin < SHORT) return asciiText(this.#bytes, begin, end);
    try {
      return DECODER.decode(this.#bytes.subarray(begin, end));
    } catch (error) {
      throw notUtf8(this.#bytes) ?? error;
    }
  }

  /** Reads a string with escapes by `JSON.parse`, which handles lone surrogates, too. */
  #unescaped(start: number): string {
    const text = this.#decoded(start, this.end, false);
    try {
      return JSON.parse(text) as string;
    } catch (error) {
      throw invalidJson(`the string at byte ${start} has an invalid escape`, error);
    }
  }
}
