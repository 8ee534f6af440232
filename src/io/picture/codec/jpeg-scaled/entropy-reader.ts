/**
 * The coded data of a scan, decoded to coefficients (ITU-T T.81, annex F).
 * @module
 */

import { isRestart } from "../jpeg-markers.ts";
import {
  advanceOf,
  type CodeTable,
  codeAt,
  END_OF_BLOCK,
  extended,
  LOOKUP_BITS,
} from "./code-table.ts";

const BROKEN = "its coded data is broken or ends early";

/** More bytes than a block can have, so that a block that runs over the end reads zeros. */
const PADDING = 512;

/** The most bytes, whose bits are counted in 31 bits. */
const MAX_BYTES = 2 ** 27;

/**
 * The places of the coefficients in a block, by diagonals, up and down in turns (figure A.6);
 * behind the last, where broken data writes.
 */
export const NATURAL: Uint8Array = new Uint8Array(64 + 16).fill(63);
const diagonal = (at: number): number => (at >> 3) + (at & 7);
const downwards = (at: number): number => (diagonal(at) % 2 === 0 ? -(at >> 3) : at >> 3);
NATURAL.set(
  Array.from({ length: 64 }, (_, at) => at).sort(
    (one, other) => diagonal(one) - diagonal(other) || downwards(one) - downwards(other),
  ),
);

/** Reads the bits of a scan. It throws an `Error` where libjpeg would guess. */
export class EntropyReader {
  readonly #view: DataView;
  /** The end of each interval between restart markers, in bits. */
  readonly #ends: readonly number[];
  #interval = 0;
  #bit = 0;
  #end: number;

  /** @param coded the coded data with its restart markers */
  constructor(coded: Uint8Array) {
    if (coded.length > MAX_BYTES) throw new Error("its coded data is too long");
    const { bytes, ends } = withoutMarkers(coded);
    this.#view = new DataView(bytes.buffer);
    this.#ends = ends;
    this.#end = ends[0] as number;
  }

  /** Continues behind the next restart marker. */
  restart(): void {
    this.check();
    this.#bit = this.#end;
    this.#interval += 1;
    const end = this.#ends[this.#interval];
    if (end === undefined) throw new Error(BROKEN);
    this.#end = end;
  }

  /** Checks that what was read was there. */
  check(): void {
    if (this.#bit > this.#end) throw new Error(BROKEN);
  }

  /** Reads up to 16 bits. */
  bits(count: number): number {
    if (count === 0) return 0;
    const bits = this.#window(this.#bit) >>> (32 - count);
    this.#bit += count;
    return bits;
  }

  /** Reads a symbol, without the bits that follow it. */
  symbol(table: CodeTable): number {
    const code = codeAt(table, this.#window(this.#bit) >>> 16);
    this.#bit += code >> 8;
    return code & 0xff;
  }

  /** Reads the difference of a DC coefficient. */
  difference(table: CodeTable): number {
    this.check();
    const entry = table.values[this.#window(this.#bit) >>> (32 - LOOKUP_BITS)] as number;
    if (entry !== 0) {
      this.#bit += entry & 0xff;
      return entry >> 16;
    }
    const size = this.symbol(table);
    if (size > 15) throw new Error("its coded data has an impossible difference");
    return size === 0 ? 0 : extended(this.bits(size), size);
  }

  /** Skips the AC coefficients of a block. */
  skip(table: CodeTable, skips: Int32Array): void {
    const view = this.#view;
    let bit = this.#bit;
    for (let index = 1; index < 64; ) {
      const window = view.getInt32(bit >> 3) << (bit & 7);
      const entry = skips[window >>> (32 - LOOKUP_BITS)] as number;
      if (index <= ((entry >> 8) & 0xff)) {
        bit += entry & 0xff;
        index += entry >> 16;
      } else {
        const code = codeAt(table, window >>> 16);
        bit += (code >> 8) + (code & 15);
        index += advanceOf(code & 0xff);
      }
    }
    this.#bit = bit;
  }

  /**
   * Reads the AC coefficients of a block of zeros, multiplied by `factors`, which are in the order
   * of the file.
   *
   * @returns false if all are 0
   */
  coefficients(table: CodeTable, factors: Int32Array, block: Int32Array): boolean {
    const view = this.#view;
    const { values } = table;
    let bit = this.#bit;
    let index = 1;
    while (index < 64) {
      const window = view.getInt32(bit >> 3) << (bit & 7);
      const entry = values[window >>> (32 - LOOKUP_BITS)] as number;
      let value = entry >> 16;
      if (entry !== 0) {
        bit += entry & 0xff;
        index += (entry >> 8) & 0xff;
      } else {
        const code = codeAt(table, window >>> 16);
        const size = code & 15;
        bit += code >> 8;
        index += advanceOf(code & 0xff);
        if (size !== 0) {
          value = extended((view.getInt32(bit >> 3) << (bit & 7)) >>> (32 - size), size);
          bit += size;
        }
      }
      if (value !== 0) {
        block[NATURAL[index - 1] as number] = value * (factors[index - 1] as number);
      }
    }
    this.#bit = bit;
    return index !== 1 + END_OF_BLOCK;
  }

  /** Returns the bits from a place on, of which the upper 25 are valid. */
  #window(bit: number): number {
    return this.#view.getInt32(bit >> 3) << (bit & 7);
  }
}

/**
 * Returns the data without stuffed zeros and markers, and where each interval ends, in bits. It is
 * copied in runs, since a loop over the bytes takes as long, and ten times that before it is
 * compiled.
 */
function withoutMarkers(coded: Uint8Array): {
  readonly bytes: Uint8Array;
  readonly ends: readonly number[];
} {
  const bytes = new Uint8Array(coded.length + PADDING);
  bytes.set(coded);
  const ends: number[] = [];
  let from = 0;
  let to = 0;
  const keep = (end: number): void => {
    if (from !== to) bytes.copyWithin(to, from, end);
    to += end - from;
  };
  for (let at = coded.indexOf(0xff); at !== -1; at = coded.indexOf(0xff, from)) {
    const next = coded[at + 1];
    if (next === 0) {
      keep(at + 1);
      from = at + 2;
    } else if (next === 0xff) {
      // A fill byte.
      keep(at);
      from = at + 1;
    } else {
      if (!isRestart(next) || next !== 0xd0 + (ends.length & 7)) throw new Error(BROKEN);
      keep(at);
      from = at + 2;
      ends.push(to * 8);
    }
  }
  keep(coded.length);
  ends.push(to * 8);
  bytes.fill(0, to);
  return { bytes, ends };
}
