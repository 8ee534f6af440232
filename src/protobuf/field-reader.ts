/**
 * FieldReader: reads the fields of a message one by one, in the form in which encoders write them.
 * For anything else that the wire format allows, and for what is malformed, it throws `UNUSUAL`:
 * the general parser then reads the message, and finds the error.
 * https://protobuf.dev/programming-guides/encoding/
 * @module
 */

import { TextReader } from "./text-reader.ts";

/** Thrown at bytes that the general parser must read. */
export const UNUSUAL: unique symbol = Symbol("unusual");

/**
 * Returns what `read` returns; undefined if the general parser must read the message.
 */
export function unlessUnusual<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (thrown) {
    // A string that is not UTF-8 is a TypeError.
    if (thrown === UNUSUAL || thrown instanceof TypeError) return undefined;
    throw thrown;
  }
}

/** Reads a message. Each part of it is read up to its end, which the caller passes. */
export class FieldReader {
  // Not `#`: Bun reads such fields several times slower in loops.
  /** The position of the next byte. */
  at = 0;
  /** The upper half of the last varint of 64 bits. */
  high = 0;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly texts: TextReader;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.texts = new TextReader(bytes);
  }

  /** Reads a tag: the number of a field, shifted by 3, and its wire type. 0 at the end. */
  tag(end: number): number {
    if (this.at === end) return 0;
    const tag = this.varint(end);
    if (tag === 0) throw UNUSUAL;
    return tag;
  }

  /** Reads the length of a part, and returns its end. */
  partEnd(end: number): number {
    const length = this.varint(end);
    const partEnd = this.at + length;
    if (partEnd > end) throw UNUSUAL;
    return partEnd;
  }

  /** Reads bytes: a view. */
  part(end: number): Uint8Array {
    const partEnd = this.partEnd(end);
    const part = this.bytes.subarray(this.at, partEnd);
    this.at = partEnd;
    return part;
  }

  /** Reads all bytes up to `end`: a view. */
  rest(end: number): Uint8Array {
    const rest = this.bytes.subarray(this.at, end);
    this.at = end;
    return rest;
  }

  /** Reads a string. @throws TypeError for what is not UTF-8 */
  text(end: number): string {
    const partEnd = this.partEnd(end);
    const text = this.texts.read(this.at, partEnd);
    this.at = partEnd;
    return text;
  }

  /** Reads a string that may have been read before, such as a name. @throws as `text()` */
  name(end: number): string {
    const partEnd = this.partEnd(end);
    const text = this.texts.readKey(this.at, partEnd);
    this.at = partEnd;
    return text;
  }

  bool(end: number): boolean {
    const byte = this.bytes[this.at];
    if (this.at === end || byte === undefined || byte > 1) throw UNUSUAL;
    this.at += 1;
    return byte === 1;
  }

  double(end: number): number {
    if (this.at + 8 > end) throw UNUSUAL;
    const value = this.view.getFloat64(this.at, true);
    this.at += 8;
    return value;
  }

  /** Reads a varint below 2^49: a tag, a length, or the length of an axis. */
  varint(end: number): number {
    const { bytes } = this;
    let value = 0;
    for (let scale = 1; scale < 2 ** 49; scale *= 128) {
      if (this.at >= end) throw UNUSUAL;
      const byte = bytes[this.at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw UNUSUAL;
  }

  /** Reads a varint of 64 bits: its lower half, and its upper half into `high`. */
  low(end: number): number {
    const { bytes } = this;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.at >= end) throw UNUSUAL;
      const byte = bytes[this.at++] as number;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else if (shift === 63 && byte > 1) throw UNUSUAL;
      else high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.high = high;
        return low;
      }
    }
    throw UNUSUAL;
  }

  /** Returns the number of varints in the next bytes up to `end`: that of their last bytes. */
  countVarints(end: number): number {
    let count = 0;
    for (let at = this.at; at < end; at++) if ((this.bytes[at] as number) < 0x80) count += 1;
    return count;
  }
}
