/**
 * ValueExtent: counts the elements of a JSON value before memory is allocated for them.
 * @module
 */
import { endOfString } from "../json/plain.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Counts in steps. Invalid JSON has an extent too; its reader reports the error. */
export class ValueExtent {
  readonly #bytes: Uint8Array;
  #at: number;
  #depth = 0;
  #commas = 0;
  #isComplete = false;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#at = start;
  }

  /** An upper bound of the elements of nested arrays, at most the number of bytes. */
  get maxElements(): number {
    return this.#commas + 1;
  }

  /** Reads `byteCount` more bytes. Returns true at the end of the value. */
  read(byteCount: number): boolean {
    if (this.#isComplete) return true;
    const bytes = this.#bytes;
    const limit = Math.min(bytes.length, this.#at + byteCount);
    let at = this.#at;
    for (; at < limit && !this.#isComplete; at++) {
      const byte = bytes[at];
      if (byte === COMMA) {
        this.#commas += 1;
        this.#isComplete = this.#depth === 0; // a value that is not an array
      } else if (byte === OPEN_BRACKET) {
        this.#depth += 1;
      } else if (byte === CLOSE_BRACKET) {
        this.#depth -= 1;
        this.#isComplete = this.#depth <= 0;
      } else if (byte === QUOTE) {
        at = endOfString(bytes, at);
      }
    }
    this.#at = at;
    this.#isComplete ||= at >= bytes.length;
    return this.#isComplete;
  }
}
