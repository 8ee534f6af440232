/**
 * The run-length coding of BMP (Microsoft's "Bitmap Compression").
 * @module
 */

import type { BmpHeader } from "./bmp-header.ts";

/**
 * Decodes a run-length coded BMP to its indices, one byte each in the order of the file. Pixels
 * that the coding skips, and those after its end mark, are 0.
 *
 * @throws Error where the file ends before the last pixel without an end mark
 */
export function expandRuns(bytes: Uint8Array, header: BmpHeader): Uint8Array {
  const { width, height, bits, pixelsAt } = header;
  const indices = new Uint8Array(width * height);
  const nibbles = bits === 4;
  let from = pixelsAt;
  /** The index of the next pixel to write. */
  let to = 0;
  /** Its column; after a literal run it may be past the end of the row. */
  let x = 0;
  const next = (): number => {
    const byte = bytes[from];
    if (byte === undefined) throw new Error("its pixel data ends early");
    from += 1;
    return byte;
  };
  while (to < indices.length) {
    const count = next();
    const value = next();
    if (count > 0) {
      // A run ends with its row at the latest.
      const end = Math.min(to + Math.min(count, Math.max(0, width - x)), indices.length);
      x += end - to;
      for (let odd = false; to < end; to += 1, odd = !odd) {
        indices[to] = nibbles ? (odd ? value & 15 : value >> 4) : value;
      }
    } else if (value === 0) {
      to = Math.ceil(to / width) * width;
      x = 0;
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      const right = next();
      to = Math.min(to + right + next() * width, indices.length);
      x = to % width;
    } else {
      const end = Math.min(to + value, indices.length);
      const start = from;
      for (let byte = 0, odd = false; to < end; to += 1, odd = !odd) {
        if (!nibbles || !odd) byte = next();
        indices[to] = nibbles ? (odd ? byte & 15 : byte >> 4) : byte;
      }
      x += value;
      // Literal runs are padded to an even number of bytes.
      from += (from - start) & 1;
    }
  }
  return indices;
}
