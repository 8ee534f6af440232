/** The tables and buffers, whose addresses JavaScript reads. */

/** The bytes of the text that `read()` sees at a time, and how many more it may load. */
export const WINDOW: i32 = 65536;
export const MARGIN: i32 = 64;
/** The most elements of a window. */
export const ELEMENTS: i32 = 32768;
/** The most axes of a tensor. */
export const AXES: i32 = 32;
/** The types of elements. */
export const FLOAT32: i32 = 1;
export const INT64: i32 = 2;
export const UINT64: i32 = 3;
export const BOOL: i32 = 4;
export const UNKNOWN: i32 = i32.MAX_VALUE;
/** The greatest exponent of the powers of ten, in both directions. */
export const MAX_POWER: i32 = 64;

export const input: usize = memory.data(WINDOW + MARGIN, 8);
export const output: usize = memory.data(ELEMENTS * 8, 8);
/**
 * What `read()` returns beside the count: position, rows, column, and 1 behind an element. Then the
 * position up to which the ends of numbers have been found.
 */
export const state: usize = memory.data(20, 8);
/** The ends of numbers that were found at a time, and more room. */
export const ends: usize = memory.data(4 * 1024 + 64 * 4, 8);
/** A mask of sixteen bytes, of which the last n are kept, is n bytes behind `masks`. */
export const masks: usize =
  memory.data<u8>([
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  ]) + 4;
/** The number of axes that `readAll()` found, and the length of each. */
export const shape: usize = memory.data((AXES + 1) * 4, 8);
/** The index along each axis. */
export const path: usize = memory.data(AXES * 4, 8);
/** For each power of ten p: 2^32·h, 2^32·(p - h), and p, where h has the upper 21 bits of p. */
export const powers: usize = memory.data((2 * MAX_POWER + 1) * 24, 8);

/** Constants of sixteen bytes each: `fast.ts` and `four.ts` say what for. */
export const bytes: usize = memory.data<u8>(
  [
    48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 10, 0, 10, 0, 10, 0, 10, 0, 10,
    0, 10, 0, 10, 0, 10, 0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 0, 100, 0,
    1, 0, 100, 0, 1, 0, 100, 0, 1, 0, 100, 0, 1, 0, 16, 39, 1, 0, 16, 39, 1, 0, 16, 39, 1, 0, 16,
    39, 1, 0, 240, 240, 240, 240, 240, 240, 240, 240, 240, 240, 240, 240, 240, 240, 240, 240, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 0, 255, 2, 1, 0, 255, 2, 1, 0, 255, 2, 1, 0,
    255, 48, 48, 48, 44, 48, 48, 48, 44, 48, 48, 48, 44, 48, 48, 48, 44, 240, 240, 240, 255, 240,
    240, 240, 255, 240, 240, 240, 255, 240, 240, 240, 255, 255, 255, 0, 0, 255, 255, 0, 0, 255, 255,
    0, 0, 255, 255, 0, 0,
  ],
  16,
);
