/**
 * readJsonValue(): reads a `google.protobuf.Value` from its bytes, without the messages in between.
 *
 * It reads the form in which encoders write the message, and returns `UNUSUAL` for any other that
 * the wire format allows, for what is malformed, and for numbers that JSON does not have. The
 * general parser then reads the message, and finds the error.
 * https://protobuf.dev/programming-guides/encoding/
 * @module
 */

import { setOwn } from "../../io/json/reader.ts";
import { TextReader } from "../../protobuf/text-reader.ts";

/** The result for bytes that the general parser must read. */
export const UNUSUAL: unique symbol = Symbol("unusual");

/**
 * The tags of the fields of `Value`, and of the entries of the map in `Struct`. `json-writer.ts`
 * has the same: importing them would make reading some 7 % slower.
 */
const NULL = 0x08;
const NUMBER = 0x11;
const STRING = 0x1a;
const BOOL = 0x20;
const STRUCT = 0x2a;
const LIST = 0x32;
const [ITEM, ENTRY, KEY] = [0x0a, 0x0a, 0x0a];
const ENTRY_VALUE = 0x12;

/** The most levels of nesting: the general parser takes 100 messages, two of them a level. */
const MAX_DEPTH = 48;

/** Reads the bytes from `start` to `end` as a `Value`. Returns `UNUSUAL` where it cannot. */
export function readJsonValue(bytes: Uint8Array, start: number, end: number): unknown {
  try {
    return new JsonValueReader(bytes).read(start, end, 0);
  } catch (thrown) {
    if (thrown === UNUSUAL) return UNUSUAL;
    throw thrown;
  }
}

class JsonValueReader {
  // Not `#`: Bun reads such fields several times slower in loops.
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly texts: TextReader;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.texts = new TextReader(bytes);
  }

  /** Reads one value, which ends at `end`. */
  read(start: number, end: number, depth: number): unknown {
    const bytes = this.bytes;
    const length = end - start;
    this.at = start + 1;
    switch (length === 0 ? NULL : bytes[start]) {
      case STRING: {
        const text = this.length(end);
        if (this.at + text !== end) throw UNUSUAL;
        return this.texts.read(this.at, end);
      }
      case NUMBER: {
        if (length !== 9) throw UNUSUAL;
        const number = this.view.getFloat64(start + 1, true);
        if (number - number !== 0) throw UNUSUAL; // NaN and Infinity
        return number;
      }
      case STRUCT: {
        const size = this.length(end);
        if (this.at + size !== end || depth === MAX_DEPTH) throw UNUSUAL;
        return this.struct(end, depth + 1);
      }
      case LIST: {
        const size = this.length(end);
        if (this.at + size !== end || depth === MAX_DEPTH) throw UNUSUAL;
        return this.list(end, depth + 1);
      }
      case BOOL:
        if (length !== 2 || (bytes[start + 1] as number) > 1) throw UNUSUAL;
        return bytes[start + 1] === 1;
      case NULL:
        // Nothing set is `null` too, as to Python's protobuf.
        if (length !== 0 && (length !== 2 || bytes[start + 1] !== 0)) throw UNUSUAL;
        return null;
      default:
        throw UNUSUAL;
    }
  }

  private list(end: number, depth: number): unknown[] {
    const bytes = this.bytes;
    const list: unknown[] = [];
    let at = this.at;
    while (at < end) {
      if (bytes[at] !== ITEM) throw UNUSUAL;
      // Numbers, the most usual items, without the calls.
      if (bytes[at + 1] === 9 && bytes[at + 2] === NUMBER && at + 11 <= end) {
        const number = this.view.getFloat64(at + 3, true);
        if (number - number !== 0) throw UNUSUAL;
        list.push(number);
        at += 11;
        continue;
      }
      this.at = at + 1;
      const size = this.length(end);
      at = this.at + size;
      list.push(this.read(this.at, at, depth));
    }
    return list;
  }

  private struct(end: number, depth: number): Record<string, unknown> {
    const bytes = this.bytes;
    const object: Record<string, unknown> = {};
    let at = this.at;
    while (at < end) {
      if (bytes[at] !== ENTRY) throw UNUSUAL;
      this.at = at + 1;
      const entryEnd = this.length(end) + this.at;
      if (bytes[this.at++] !== KEY) throw UNUSUAL;
      const keySize = this.length(entryEnd);
      const keyEnd = this.at + keySize;
      const key = this.texts.readKey(this.at, keyEnd);
      if (bytes[keyEnd] !== ENTRY_VALUE) throw UNUSUAL;
      this.at = keyEnd + 1;
      const size = this.length(entryEnd);
      if (this.at + size !== entryEnd) throw UNUSUAL;
      const value = this.read(this.at, entryEnd, depth);
      if (keySize === 9)
        setOwn(object, key, value); // as long as `__proto__`
      else object[key] = value;
      at = entryEnd;
    }
    return object;
  }

  /** Reads the length of a part that ends by `end`. */
  private length(end: number): number {
    const bytes = this.bytes;
    let byte = bytes[this.at++] as number;
    let length = byte & 0x7f;
    for (let shift = 7; byte > 0x7f; shift += 7) {
      if (shift > 28) throw UNUSUAL;
      byte = bytes[this.at++] as number;
      length |= (byte & 0x7f) << shift;
    }
    // Beyond the bytes, the last byte and so the length is 0.
    if (length < 0 || this.at + length > end) throw UNUSUAL;
    return length;
  }
}
