/**
 * Reading and writing the bits of a scan's coded data (ITU-T T.81, annex F).
 * @module
 */

import { isRestart } from "./jpeg-markers.ts";

const BROKEN = "its coded data is broken or ends early";

/** Reads bits, the high ones first. A byte of 255 is followed by a stuffed 0. */
export class BitReader {
  readonly #coded: Uint8Array;
  #at = 0;
  #buffer = 0;
  #buffered = 0;
  /** The padding bits at the end of the buffer, once the data ends or a marker follows. */
  #missing = 0;

  constructor(coded: Uint8Array) {
    this.#coded = coded;
  }

  /**
   * Returns the next `count` bits, at most 16, without consuming them; beyond the end they are 0.
   */
  peek(count: number): number {
    while (this.#buffered < count) {
      this.#buffer = ((this.#buffer << 8) | this.#nextByte()) & 0xffffff;
      this.#buffered += 8;
    }
    return (this.#buffer >>> (this.#buffered - count)) & ((1 << count) - 1);
  }

  /** @throws Error if the bits are beyond the end */
  skip(count: number): void {
    this.#buffered -= count;
    if (this.#buffered < this.#missing) throw new Error(BROKEN);
  }

  take(count: number): number {
    const bits = this.peek(count);
    this.skip(count);
    return bits;
  }

  /** Skips the rest of the byte and the restart marker after it, and returns the marker. */
  restart(): number {
    if (this.#buffered - this.#missing >= 8) throw new Error(BROKEN);
    this.#buffered = 0;
    this.#missing = 0;
    while (this.#coded[this.#at + 1] === 0xff) this.#at += 1;
    const marker = this.#coded[this.#at + 1];
    if (marker === undefined || !isRestart(marker)) throw new Error(BROKEN);
    this.#at += 2;
    return marker;
  }

  #nextByte(): number {
    const byte = this.#coded[this.#at];
    if (byte === undefined || (byte === 0xff && this.#coded[this.#at + 1] !== 0)) {
      this.#missing += 8;
      return 0;
    }
    this.#at += byte === 0xff ? 2 : 1;
    return byte;
  }
}

/** Writes bits as `BitReader` reads them. */
export class BitWriter {
  #bytes: Uint8Array;
  #length = 0;
  #buffer = 0;
  #buffered = 0;

  /** @param capacity the initial size in bytes; the buffer grows */
  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity + 16);
  }

  /** Appends the low `count` bits, at most 16. */
  put(bits: number, count: number): void {
    this.#buffer = ((this.#buffer << count) | bits) & 0xffffff;
    this.#buffered += count;
    while (this.#buffered >= 8) {
      this.#buffered -= 8;
      const byte = (this.#buffer >>> this.#buffered) & 0xff;
      this.#push(byte);
      if (byte === 0xff) this.#push(0);
    }
  }

  /** Pads the last byte and appends a restart marker. */
  restart(marker: number): void {
    this.#align();
    this.#push(0xff);
    this.#push(marker);
  }

  /** Returns everything, with the last byte padded. */
  finish(): Uint8Array {
    this.#align();
    return this.#bytes.subarray(0, this.#length);
  }

  #align(): void {
    if (this.#buffered > 0) this.put(0xff >>> this.#buffered, 8 - this.#buffered);
  }

  #push(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(this.#length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }
}
