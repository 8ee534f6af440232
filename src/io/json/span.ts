/**
 * Spans: parts of a JSON text that are left to another reader.
 * @module
 */

import { unexpected } from "./error.ts";

const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;

/** The place of an array in a text. Its brackets match; what is between them has not been read. */
export class JsonSpan {
  readonly begin: number;
  /** The position after its closing bracket. */
  readonly end: number;

  constructor(begin: number, end: number) {
    this.begin = begin;
    this.end = end;
  }
}

/** Finds the end of an array, in steps. */
export class SpanScanner {
  /** The position up to which it has read. */
  at: number;
  readonly #bytes: Uint8Array;
  #depth = 0;
  #inString = false;

  /** @param begin the position of the opening bracket */
  constructor(bytes: Uint8Array, begin: number) {
    this.#bytes = bytes;
    this.at = begin;
  }

  /**
   * Reads to about the position `limit`. Returns true at the end of the array.
   *
   * @throws ServiceError `invalid_argument` for a text that ends before it
   */
  read(limit: number): boolean {
    const bytes = this.#bytes;
    const stop = Math.min(limit, bytes.length);
    let depth = this.#depth;
    let at = this.at;
    if (this.#inString) at = this.#endOfString(at, stop);
    while (at < stop) {
      const byte = bytes[at];
      at += 1;
      if (byte === OPEN_BRACKET) {
        depth += 1;
      } else if (byte === CLOSE_BRACKET) {
        depth -= 1;
        if (depth === 0) {
          this.at = at;
          return true;
        }
      } else if (byte === QUOTE) {
        at = this.#endOfString(at, stop);
      }
    }
    this.at = at;
    this.#depth = depth;
    if (at >= bytes.length) throw unexpected(bytes, bytes.length);
    return false;
  }

  /** Returns the position after the closing quote, or about `stop` if the string goes on there. */
  #endOfString(start: number, stop: number): number {
    let at = start;
    while (at < stop) {
      const byte = this.#bytes[at];
      at += byte === BACKSLASH ? 2 : 1;
      if (byte !== QUOTE) continue;
      this.#inString = false;
      return at;
    }
    this.#inString = true;
    return at;
  }
}
