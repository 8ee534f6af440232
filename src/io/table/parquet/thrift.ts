/**
 * Thrift's compact protocol (https://github.com/apache/thrift/blob/master/doc/specs), in which the
 * metadata of a Parquet file is written.
 * @module
 */
import { deserializeTCompactProtocol } from "hyparquet/src/thrift.js";
import { badParquet } from "./bad-parquet.ts";

/** A structure, whose fields are named `field_` and their number. */
export type Struct = Readonly<Record<`field_${number}`, unknown>>;

/** The most fields and elements of a structure, each of which takes memory. */
const MAX_PARTS = 1_000_000;
const MAX_DEPTH = 16;
/** The length of 64 bits in groups of seven. */
const MAX_VARINT_BYTES = 10;

/** The types of Thrift. */
const STOP = 0;
const TRUE = 1;
const FALSE = 2;
const BYTE = 3;
const I16 = 4;
const I64 = 6;
const DOUBLE = 7;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

/**
 * Reads the structure at an offset, and returns the offset after it. It is scanned first, since the
 * reader takes quadratic time for long numbers, and memory for every part.
 */
export function readStruct(bytes: Uint8Array, at: number): { struct: Struct; end: number } {
  const scan = new Scan(bytes, at);
  scan.struct(0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { struct: deserializeTCompactProtocol({ view, offset: at }), end: scan.at };
}

/** Scans a structure without allocating anything. */
class Scan {
  at: number;
  readonly #bytes: Uint8Array;
  #parts = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  struct(depth: number): void {
    if (depth > MAX_DEPTH) throw badParquet("its metadata is nested too deep");
    for (;;) {
      const head = this.#byte();
      const type = head & 15;
      if (type === STOP) return;
      if (head >> 4 === 0) this.#varint();
      if (type !== TRUE && type !== FALSE) this.#value(type, depth);
      this.#count();
    }
  }

  #value(type: number, depth: number): void {
    if (type === BYTE || type === TRUE || type === FALSE) this.#skip(1);
    else if (type >= I16 && type <= I64) this.#varint();
    else if (type === DOUBLE) this.#skip(8);
    else if (type === BINARY) this.#skip(this.#varint());
    else if (type === LIST) this.#list(depth);
    else if (type === STRUCT) this.struct(depth + 1);
    else throw badParquet(`its metadata has a field of type ${type}`);
  }

  #list(depth: number): void {
    const head = this.#byte();
    const size = head >> 4 === 15 ? this.#varint() : head >> 4;
    for (let element = 0; element < size; element++) {
      this.#value(head & 15, depth + 1);
      this.#count();
    }
  }

  #count(): void {
    this.#parts += 1;
    if (this.#parts > MAX_PARTS) throw badParquet(`its metadata has more than ${MAX_PARTS} parts`);
  }

  #varint(): number {
    let value = 0;
    for (let byte = 0; byte < MAX_VARINT_BYTES; byte++) {
      const next = this.#byte();
      value += (next & 127) * 2 ** (7 * byte);
      if (next < 128) return value;
    }
    throw badParquet("its metadata has a number of more than 64 bits");
  }

  #skip(count: number): void {
    this.at += count;
    if (this.at > this.#bytes.length) throw badParquet("it ends within its metadata");
  }

  #byte(): number {
    this.#skip(1);
    return this.#bytes[this.at - 1] ?? 0;
  }
}
