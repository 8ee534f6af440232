/**
 * Writer: writes a message from its end to its beginning, so that each length is known when it is
 * written, in front of its bytes.
 * https://protobuf.dev/programming-guides/encoding/
 * @module
 */

import { transientBytes } from "./slab.ts";

const ENCODER = new TextEncoder();

/** The longest strings that are written character by character. */
const SHORT_LENGTH = 64;

/** The most bytes of a character of UTF-16. */
const MAX_CHARACTER_BYTES = 3;

const INITIAL_BYTES = 4096;

/** Bytes that grow at their beginning. */
export class Writer {
  // Not `#`: Bun reads such fields several times slower in loops.
  private bytes: Uint8Array<ArrayBuffer>;
  /** Made for the first number. */
  private view: DataView | undefined;
  private capacity: number;
  /** The position of the first byte that is written. */
  private at: number;

  /** @param capacity the bytes that it has room for at first */
  constructor(capacity: number = INITIAL_BYTES) {
    this.bytes = transientBytes(capacity);
    this.capacity = capacity;
    this.at = capacity;
  }

  /** The number of bytes that are written. */
  get length(): number {
    return this.capacity - this.at;
  }

  /** Begins anew. */
  clear(): void {
    this.at = this.capacity;
  }

  /** Returns a copy of what is written. */
  copy(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(this.at);
  }

  /** Returns what is written, which the writer may change. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.at === 0 ? this.bytes : this.bytes.subarray(this.at);
  }

  /** Writes a varint of one byte, with its tag in front of it. */
  small(tag: number, value: number): void {
    if (this.at < 2) this.grow(2);
    this.at -= 2;
    this.bytes[this.at] = tag;
    this.bytes[this.at + 1] = value;
  }

  /** Writes the head of a part in front of it: its tag and its length. */
  head(tag: number, length: number): void {
    if (length < 0x80) return this.small(tag, length);
    this.varint(length);
    this.byte(tag);
  }

  double(tag: number, value: number): void {
    if (this.at < 9) this.grow(9);
    this.at -= 9;
    this.bytes[this.at] = tag;
    this.view ??= new DataView(this.bytes.buffer, this.bytes.byteOffset);
    this.view.setFloat64(this.at + 1, value, true);
  }

  raw(bytes: Uint8Array): void {
    if (this.at < bytes.length) this.grow(bytes.length);
    this.at -= bytes.length;
    this.bytes.set(bytes, this.at);
  }

  /** Writes bytes with their head. */
  part(tag: number, bytes: Uint8Array): void {
    this.raw(bytes);
    this.head(tag, bytes.length);
  }

  /** Writes a string with its head. Halves of surrogate pairs, which UTF-8 lacks, are replaced. */
  text(tag: number, text: string): void {
    const { length } = text;
    if (length > SHORT_LENGTH) return this.longText(tag, text);
    const room = MAX_CHARACTER_BYTES * length;
    if (this.at < room) this.grow(room);
    const { bytes } = this;
    const end = this.at;
    let at = end;
    for (let index = length - 1; index >= 0; index--) {
      const code = text.charCodeAt(index);
      if (code < 0x80) {
        at -= 1;
        bytes[at] = code;
      } else if (code < 0x800) {
        at -= 2;
        bytes[at] = 0xc0 | (code >> 6);
        bytes[at + 1] = 0x80 | (code & 0x3f);
      } else if (code < 0xd800 || code > 0xdfff) {
        at -= 3;
        bytes[at] = 0xe0 | (code >> 12);
        bytes[at + 1] = 0x80 | ((code >> 6) & 0x3f);
        bytes[at + 2] = 0x80 | (code & 0x3f);
      } else {
        return this.part(tag, ENCODER.encode(text));
      }
    }
    this.at = at;
    this.head(tag, end - at);
  }

  /** Writes a long string: in place if it is ASCII, as most are. */
  private longText(tag: number, text: string): void {
    const { length } = text;
    if (this.at < length) this.grow(length);
    const place = this.bytes.subarray(this.at - length, this.at);
    if (ENCODER.encodeInto(text, place).read < length) {
      return this.part(tag, ENCODER.encode(text));
    }
    this.at -= length;
    this.head(tag, length);
  }

  /** Writes a varint of up to 32 bits. */
  varint(value: number): void {
    const size = value === 0 ? 1 : Math.ceil((32 - Math.clz32(value)) / 7);
    if (this.at < size) this.grow(size);
    this.at -= size;
    const last = this.at + size - 1;
    let left = value;
    for (let at = this.at; at < last; at++) {
      this.bytes[at] = (left & 0x7f) | 0x80;
      left >>>= 7;
    }
    this.bytes[last] = left;
  }

  /** Writes a varint of 64 bits, in two halves. */
  longVarint(low: number, high: number): void {
    if (high === 0) return this.varint(low);
    const bytes: number[] = [];
    let [lower, upper] = [low >>> 0, high >>> 0];
    while (upper > 0 || lower > 0x7f) {
      bytes.push((lower & 0x7f) | 0x80);
      lower = ((lower >>> 7) | (upper << 25)) >>> 0;
      upper >>>= 7;
    }
    bytes.push(lower);
    this.raw(Uint8Array.from(bytes));
  }

  private byte(value: number): void {
    if (this.at === 0) this.grow(1);
    this.at -= 1;
    this.bytes[this.at] = value;
  }

  private grow(size: number): void {
    const { length } = this;
    this.capacity = Math.max(2 * this.capacity, length + size);
    const bytes = new Uint8Array(this.capacity);
    bytes.set(this.finish(), this.capacity - length);
    this.bytes = bytes;
    this.view = undefined;
    this.at = this.capacity - length;
  }
}
