/**
 * Huffman tables and the blocks coded with them, read without decoding any coefficient
 * (ITU-T T.81, annexes C, F and G).
 * @module
 */

import type { BitReader, BitWriter } from "./jpeg-bits.ts";

/**
 * For each value of the next 16 bits, the length of the code that they begin with, and its symbol.
 */
export type HuffmanTable = Uint16Array;

/** Reads the tables of a DHT segment, by class (0 is DC, 1 is AC) and number. */
export function readTables(body: Uint8Array): Map<number, Uint8Array> {
  const tables = new Map<number, Uint8Array>();
  for (let at = 0; at < body.length; ) {
    const key = body[at] as number;
    const counts = body.subarray(at + 1, at + 17);
    const end = at + 17 + counts.reduce((sum, count) => sum + count, 0);
    if (counts.length < 16 || end > body.length) throw new Error("a Huffman table ends early");
    tables.set(key, body.subarray(at + 1, end));
    at = end;
  }
  return tables;
}

/** @param definition the number of codes of each of the 16 lengths, then their symbols */
export function buildTable(definition: Uint8Array): HuffmanTable {
  const table = new Uint16Array(1 << 16);
  let from = 0;
  for (let length = 1, at = 16; length <= 16; length += 1) {
    const span = 1 << (16 - length);
    for (let count = definition[length - 1] as number; count > 0; count -= 1, at += 1) {
      if (from + span > table.length) throw new Error("a Huffman table has too many codes");
      table.fill((length << 8) | (definition[at] as number), from, from + span);
      from += span;
    }
  }
  return table;
}

/** Reads one code, copies it to the writer, and returns its symbol. */
export function copyCode(reader: BitReader, table: HuffmanTable, writer?: BitWriter): number {
  // The table has an entry for every 16 bits.
  const entry = table[reader.peek(16)] as number;
  const length = entry >> 8;
  if (length === 0) throw new Error("its coded data is broken");
  writer?.put(reader.peek(length), length);
  reader.skip(length);
  return entry & 0xff;
}

/** Reads bits and copies them. */
export function copyBits(reader: BitReader, count: number, writer?: BitWriter): void {
  if (count === 0) return;
  if (count > 16) throw new Error("its coded data is broken");
  const bits = reader.take(count);
  writer?.put(bits, count);
}

/** Copies the AC coefficients of a sequential block (F.1.2.2). */
export function copyCoefficients(reader: BitReader, table: HuffmanTable, writer?: BitWriter): void {
  for (let index = 1; index < 64; index += 1) {
    const symbol = copyCode(reader, table, writer);
    const zeros = symbol >> 4;
    const size = symbol & 15;
    if (size === 0 && zeros !== 15) return;
    index += zeros;
    copyBits(reader, size, writer);
  }
}
