/**
 * BMP, decoded by our own code: the npm packages for it lose alpha, mirror rows, or allocate
 * whatever size a header declares.
 * @module
 */

import type { Picture } from "../picture.ts";
import { type BmpHeader, isBmp, readHeader, readSize } from "./bmp-header.ts";
import { expandRuns } from "./bmp-runs.ts";
import { type PictureFormat, viewOf } from "./format.ts";

/** BMP of Windows and OS/2: 1 to 32 bits a pixel, run-length coded or with masks. */
export const bmp: PictureFormat = {
  name: "BMP",
  mediaType: "image/bmp",
  matches: isBmp,
  measure: readSize,
  decode(bytes) {
    const header = readHeader(bytes);
    if (header.runs) return fromIndices(expandRuns(bytes, header), header);
    // Rows are padded to multiples of four bytes.
    const rowBits = header.width * header.bits;
    const stride = Math.ceil(rowBits / 32) * 4;
    // Some writers omit the padding of the last row.
    const needed = header.pixelsAt + stride * (header.height - 1) + Math.ceil(rowBits / 8);
    if (bytes.length < needed) {
      throw new Error(`it ends at ${bytes.length} of ${needed} bytes`);
    }
    const rows = bytes.subarray(header.pixelsAt, needed);
    if (header.bits <= 8) return fromIndices(unpack(rows, stride, header), header);
    return fromMasks(rows, stride, header);
  },
};

// The indices below are within arrays of checked lengths, so each `as number` holds.

/** Unpacks the indices to one byte each, in the order of the file. */
function unpack(rows: Uint8Array, stride: number, { width, height, bits }: BmpHeader): Uint8Array {
  const indices = new Uint8Array(width * height);
  const mask = (1 << bits) - 1;
  for (let y = 0, to = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, to += 1) {
      const at = x * bits;
      const byte = rows[y * stride + (at >> 3)] as number;
      indices[to] = (byte >> (8 - bits - (at & 7))) & mask;
    }
  }
  return indices;
}

function fromIndices(indices: Uint8Array, header: BmpHeader): Picture {
  const { width, height, palette, paletteStride } = header;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, from = 0; y < height; y += 1) {
    let to = targetRow(y, header) * width * 3;
    for (let x = 0; x < width; x += 1, from += 1, to += 3) {
      const colour = (indices[from] as number) * paletteStride;
      // An index beyond the palette is black, as in Pillow.
      data[to] = palette[colour + 2] ?? 0;
      data[to + 1] = palette[colour + 1] ?? 0;
      data[to + 2] = palette[colour] ?? 0;
    }
  }
  return { width, height, channels: 3, data };
}

function fromMasks(rows: Uint8Array, stride: number, header: BmpHeader): Picture {
  const { width, height, bits, masks } = header;
  const channels = masks[3] === 0 ? 3 : 4;
  const levels = masks.slice(0, channels).map(levelsOf);
  const view = viewOf(rows);
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y += 1) {
    let to = targetRow(y, header) * width * channels;
    for (let x = 0; x < width; x += 1) {
      const pixel = pixelAt(view, y * stride + (x * bits) / 8, bits);
      for (const { mask, shift, most } of levels) {
        const level = (pixel & mask) >>> shift;
        data[to] = most === 0 || most === 255 ? level : Math.floor((level * 255) / most);
        to += 1;
      }
    }
  }
  return { width, height, channels, data };
}

function pixelAt(view: DataView, at: number, bits: number): number {
  if (bits === 32) return view.getUint32(at, true);
  const low = view.getUint16(at, true);
  return bits === 16 ? low : low | (view.getUint8(at + 2) << 16);
}

/** Returns the shift of a channel's bits, and its greatest value. */
function levelsOf(mask: number): {
  readonly mask: number;
  readonly shift: number;
  readonly most: number;
} {
  const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
  return { mask, shift, most: mask >>> shift };
}

/** Returns the row of the picture for row `y` of the file. */
function targetRow(y: number, { height, topDown }: BmpHeader): number {
  return topDown ? y : height - 1 - y;
}
