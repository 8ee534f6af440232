/**
 * Tables that decode Huffman codes of a JPEG with the bits that follow them, several at a time
 * (ITU-T T.81, annexes C and F).
 * @module
 */

/** The bits by which codes are looked up. Longer ones are rare. */
export const LOOKUP_BITS = 12;

/** The advance of a code that ends a block: no index within the block remains below 64. */
export const END_OF_BLOCK = 128;

/** One Huffman table. Its lookups have an entry for each value of the next `LOOKUP_BITS` bits. */
export interface CodeTable {
  /**
   * The value of the coefficient, shifted by 16; how far the index moves, shifted by 8; and the
   * bits of the code and the value. 0 if those are more.
   */
  readonly values: Int32Array;
  /**
   * Of all codes that begin in the bits: how far the index moves, shifted by 16; the greatest index
   * at which none of them belongs to the next block, shifted by 8; and the bits of the codes and
   * their values. 0 if the first code is longer.
   */
  readonly skips: () => Int32Array;
  /** The length of the code, shifted by 8, and its symbol. 0 if it is longer. */
  readonly codes: Uint16Array;
  /** For each length, the first value of 16 bits that does not begin with a code so long. */
  readonly limits: Int32Array;
  /** For each length, the place of the first symbol, minus the first code. */
  readonly offsets: Int32Array;
  readonly symbols: Uint8Array;
}

// The indices below are lengths up to 16, numbers of LOOKUP_BITS bits, or within the symbols that
// the codes count.

/**
 * Makes the tables of a definition.
 *
 * @param definition the number of codes of each of the 16 lengths, then their symbols
 * @throws Error if there are more codes than such lengths can have
 */
export function codeTable(definition: Uint8Array): CodeTable {
  const symbols = definition.subarray(16);
  const codes = new Uint16Array(1 << LOOKUP_BITS);
  const limits = new Int32Array(17);
  const offsets = new Int32Array(17);
  let code = 0;
  let place = 0;
  for (let length = 1; length <= 16; length += 1) {
    offsets[length] = place - code;
    for (let count = definition[length - 1] as number; count > 0; count -= 1) {
      if (length <= LOOKUP_BITS) {
        const shift = LOOKUP_BITS - length;
        const entry = (length << 8) | (symbols[place] as number);
        codes.fill(entry, code << shift, (code + 1) << shift);
      }
      code += 1;
      place += 1;
    }
    if (code > 1 << length) throw new Error("a Huffman table has too many codes");
    limits[length] = code << (16 - length);
    code <<= 1;
  }
  let skips: Int32Array | undefined;
  return {
    values: valuesOf(codes),
    skips: () => {
      skips ??= skipsOf(codes);
      return skips;
    },
    codes,
    limits,
    offsets,
    symbols,
  };
}

/**
 * Returns the symbol of the code with which 16 bits begin, and its length, shifted by 8.
 *
 * @throws Error if they begin with no code
 */
export function codeAt({ codes, limits, offsets, symbols }: CodeTable, bits: number): number {
  const code = codes[bits >> (16 - LOOKUP_BITS)] as number;
  if (code !== 0) return code;
  for (let length = LOOKUP_BITS + 1; length <= 16; length += 1) {
    if (bits < (limits[length] as number)) {
      const place = (bits >> (16 - length)) + (offsets[length] as number);
      return (length << 8) | (symbols[place] as number);
    }
  }
  throw new Error("its coded data has an unknown code");
}

/** Returns how far a symbol of AC coefficients moves the index. */
export function advanceOf(symbol: number): number {
  if ((symbol & 15) !== 0) return (symbol >> 4) + 1;
  return symbol === 0xf0 ? 16 : END_OF_BLOCK;
}

/** Returns the coefficient that `size` bits stand for (F.1.2.1). */
export function extended(bits: number, size: number): number {
  return bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
}

function valuesOf(codes: Uint16Array): Int32Array {
  const values = new Int32Array(codes.length);
  for (let bits = 0; bits < codes.length; bits += 1) {
    const code = codes[bits] as number;
    const size = code & 15;
    const total = (code >> 8) + size;
    if (code === 0 || total > LOOKUP_BITS) continue;
    const value = (bits >> (LOOKUP_BITS - total)) & ((1 << size) - 1);
    const signed = size === 0 ? 0 : extended(value, size);
    values[bits] = (signed << 16) | (advanceOf(code & 0xff) << 8) | total;
  }
  return values;
}

function skipsOf(codes: Uint16Array): Int32Array {
  const skips = new Int32Array(codes.length);
  const mask = codes.length - 1;
  for (let bits = 0; bits < codes.length; bits += 1) {
    let used = 0;
    let advance = 0;
    let limit = 0;
    while (used < LOOKUP_BITS && advance < 64) {
      const code = codes[(bits << used) & mask] as number;
      const length = code >> 8;
      if (code === 0 || used + length > LOOKUP_BITS) break;
      limit = 63 - advance;
      advance += advanceOf(code & 0xff);
      // Only the code must be known, not the bits of its value.
      used += length + (code & 15);
    }
    skips[bits] = (advance << 16) | (limit << 8) | used;
  }
  return skips;
}
