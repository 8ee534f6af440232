/**
 * Inverse transforms of a block to 1, 2, 4 or 8 samples a side, with the results of libjpeg's
 * `jidctred.c` and `jidctint.c`: 13 fraction bits, of which 2 stay between the passes.
 * @module
 */

import { NATURAL } from "./entropy-reader.ts";

/** The samples a side that a block of 8 x 8 is decoded to. */
export type BlockSize = 1 | 2 | 4 | 8;

/** The samples of a component, in rows. Assignment clamps them. */
export interface Samples {
  readonly data: Uint8ClampedArray;
  /** The samples of a row. */
  readonly stride: number;
}

/** Transforms a block of dequantized coefficients, and puts its samples at an offset. */
export type Inverse = (block: Int32Array, samples: Samples, at: number) => void;

/**
 * Returns the AC coefficients of which the transform to `size` samples a side makes use, by their
 * indices in the order of the file.
 */
export function usedIndices(size: BlockSize): Uint8Array {
  const omitted: readonly number[] = { 1: [0, 1, 2, 3, 4, 5, 6, 7], 2: [2, 4, 6], 4: [4], 8: [] }[
    size
  ];
  const isUsed = (place: number): boolean =>
    !omitted.includes(place >> 3) && !omitted.includes(place & 7);
  const indices = Uint8Array.from({ length: 63 }, (_, at) => at + 1);
  return indices.filter((index) => isUsed(NATURAL[index] as number));
}

/** Between the passes. */
const columns = new Int32Array(64);

// The indices below are within blocks of 64, and within samples whose sides are whole blocks.

/** Returns the sample that all of a block have if only its DC coefficient is not 0. */
export function flatSample(dc: number): number {
  return ((dc + 4) >> 3) + 128;
}

/** Transforms a block to 2 x 2 samples. */
export const toTwo: Inverse = (block, { data, stride }, at) => {
  for (let column = 0; column < 8; column += 1) {
    // These columns have no part in the second pass.
    if (column === 2 || column === 4 || column === 6) continue;
    const even = (block[column] as number) << 15;
    const odd =
      (block[column + 56] as number) * -5906 +
      (block[column + 40] as number) * 6967 +
      (block[column + 24] as number) * -10426 +
      (block[column + 8] as number) * 29692;
    columns[column] = (even + odd + (1 << 12)) >> 13;
    columns[column + 8] = (even - odd + (1 << 12)) >> 13;
  }
  for (let row = 0; row < 2; row += 1) {
    const from = row * 8;
    const even = (columns[from] as number) << 15;
    const odd =
      (columns[from + 7] as number) * -5906 +
      (columns[from + 5] as number) * 6967 +
      (columns[from + 3] as number) * -10426 +
      (columns[from + 1] as number) * 29692;
    const to = at + row * stride;
    data[to] = ((even + odd + (1 << 19)) >> 20) + 128;
    data[to + 1] = ((even - odd + (1 << 19)) >> 20) + 128;
  }
};

/** Transforms a block to 4 x 4 samples. */
export const toFour: Inverse = (block, { data, stride }, at) => {
  for (let column = 0; column < 8; column += 1) {
    // This column has no part in the second pass.
    if (column === 4) continue;
    const dc = (block[column] as number) << 14;
    const even = (block[column + 16] as number) * 15137 - (block[column + 48] as number) * 6270;
    const z1 = block[column + 56] as number;
    const z2 = block[column + 40] as number;
    const z3 = block[column + 24] as number;
    const z4 = block[column + 8] as number;
    const inner = z1 * -1730 + z2 * 11893 + z3 * -17799 + z4 * 8697;
    const outer = z1 * -4176 + z2 * -4926 + z3 * 7373 + z4 * 20995;
    columns[column] = (dc + even + outer + (1 << 11)) >> 12;
    columns[column + 8] = (dc - even + inner + (1 << 11)) >> 12;
    columns[column + 16] = (dc - even - inner + (1 << 11)) >> 12;
    columns[column + 24] = (dc + even - outer + (1 << 11)) >> 12;
  }
  for (let row = 0; row < 4; row += 1) {
    const from = row * 8;
    const dc = (columns[from] as number) << 14;
    const even = (columns[from + 2] as number) * 15137 - (columns[from + 6] as number) * 6270;
    const z1 = columns[from + 7] as number;
    const z2 = columns[from + 5] as number;
    const z3 = columns[from + 3] as number;
    const z4 = columns[from + 1] as number;
    const inner = z1 * -1730 + z2 * 11893 + z3 * -17799 + z4 * 8697;
    const outer = z1 * -4176 + z2 * -4926 + z3 * 7373 + z4 * 20995;
    const to = at + row * stride;
    data[to] = ((dc + even + outer + (1 << 18)) >> 19) + 128;
    data[to + 1] = ((dc - even + inner + (1 << 18)) >> 19) + 128;
    data[to + 2] = ((dc - even - inner + (1 << 18)) >> 19) + 128;
    data[to + 3] = ((dc + even - outer + (1 << 18)) >> 19) + 128;
  }
};

/** The results of `transform()`. */
const eight = new Int32Array(8);

/** Transforms a block to 8 x 8 samples. */
export const toEight: Inverse = (block, { data, stride }, at) => {
  for (let column = 0; column < 8; column += 1) {
    transform(block, column, 8);
    for (let row = 0; row < 8; row += 1) {
      columns[row * 8 + column] = ((eight[row] as number) + (1 << 10)) >> 11;
    }
  }
  for (let row = 0; row < 8; row += 1) {
    transform(columns, row * 8, 1);
    const to = at + row * stride;
    for (let column = 0; column < 8; column += 1) {
      data[to + column] = (((eight[column] as number) + (1 << 17)) >> 18) + 128;
    }
  }
};

/** Transforms eight numbers (Loeffler, Ligtenberg and Moschytz, 1989), without descaling. */
function transform(from: Int32Array, at: number, step: number): void {
  const c0 = from[at] as number;
  const c1 = from[at + step] as number;
  const c2 = from[at + 2 * step] as number;
  const c3 = from[at + 3 * step] as number;
  const c4 = from[at + 4 * step] as number;
  const c5 = from[at + 5 * step] as number;
  const c6 = from[at + 6 * step] as number;
  const c7 = from[at + 7 * step] as number;
  const turn = (c2 + c6) * 4433;
  const low = turn - c6 * 15137;
  const high = turn + c2 * 6270;
  const sum = (c0 + c4) << 13;
  const difference = (c0 - c4) << 13;
  const e0 = sum + high;
  const e1 = difference + low;
  const e2 = difference - low;
  const e3 = sum - high;
  const z5 = (c7 + c3 + c5 + c1) * 9633;
  const z1 = (c7 + c1) * -7373;
  const z2 = (c5 + c3) * -20995;
  const z3 = (c7 + c3) * -16069 + z5;
  const z4 = (c5 + c1) * -3196 + z5;
  const o0 = c1 * 12299 + z1 + z4;
  const o1 = c3 * 25172 + z2 + z3;
  const o2 = c5 * 16819 + z2 + z4;
  const o3 = c7 * 2446 + z1 + z3;
  eight[0] = e0 + o0;
  eight[7] = e0 - o0;
  eight[1] = e1 + o1;
  eight[6] = e1 - o1;
  eight[2] = e2 + o2;
  eight[5] = e2 - o2;
  eight[3] = e3 + o3;
  eight[4] = e3 - o3;
}
