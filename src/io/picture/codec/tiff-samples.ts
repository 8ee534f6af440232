/**
 * The samples of a TIFF: its strips or tiles, decompressed and assembled.
 * @module
 */

import { decompress } from "./tiff-compression.ts";
import type { TiffDirectory } from "./tiff-directory.ts";

/** The number of pixels that all tiles together may have beyond the picture. */
const MAX_TILE_PIXELS = 2 ** 20;

/** The position of a strip or tile: its pixels, and the samples of each. */
interface Piece {
  readonly left: number;
  readonly top: number;
  /** The stored width; a tile at the edge extends beyond the picture. */
  readonly width: number;
  readonly height: number;
  /** The index of its first sample in a pixel, and the number of samples. */
  readonly sample: number;
  readonly samples: number;
}

/**
 * Reads every sample into a byte, pixel by pixel. Of 16-bit samples the upper byte is kept, except
 * that grey is clamped at 255, as in Pillow; samples of fewer than 8 bits stay as they are.
 *
 * @throws Error if a piece is missing, broken or short
 */
export async function readSamples(
  bytes: Uint8Array,
  directory: TiffDirectory,
): Promise<Uint8Array> {
  const { width, height, samples, bits, compression, offsets, lengths } = directory;
  const pieces = piecesOf(directory);
  // If pieces shared bytes, a small file could take any amount of time.
  if (lengths.reduce((sum, length) => sum + length, 0) > bytes.length) {
    throw new Error("its pieces are longer than the file");
  }
  const all = new Uint8Array(width * height * samples);
  for (const [index, piece] of pieces.entries()) {
    const start = offsets[index] as number;
    const stored = bytes.subarray(start, start + (lengths[index] as number));
    const rowBytes = Math.ceil((piece.width * piece.samples * bits) / 8);
    const data = await decompress(stored, compression, rowBytes * piece.height);
    if (directory.differences) addUp(data, rowBytes, piece.samples, directory);
    place(data, rowBytes, piece, all, directory);
  }
  return all;
}

function piecesOf(directory: TiffDirectory): readonly Piece[] {
  const { width, height, samples, planar, piece, offsets, lengths } = directory;
  if (piece.width === 0 || piece.height === 0) throw new Error("its strips or tiles are empty");
  const across = Math.ceil(width / piece.width);
  const down = Math.ceil(height / piece.height);
  const stored = across * piece.width * down * piece.height;
  if (stored > 4 * width * height + MAX_TILE_PIXELS) {
    throw new Error(`its tiles of ${piece.width} x ${piece.height} pixels are too large for it`);
  }
  const needed = across * down * (planar ? samples : 1);
  const there = Math.min(offsets.length, lengths.length);
  if (there < needed) throw new Error(`it has ${there} of the ${needed} strips or tiles it needs`);
  const pieces: Piece[] = [];
  for (let plane = 0; plane < (planar ? samples : 1); plane += 1) {
    for (let row = 0; row < down; row += 1) {
      for (let column = 0; column < across; column += 1) {
        const top = row * piece.height;
        pieces.push({
          left: column * piece.width,
          top,
          width: piece.width,
          height: piece.tiled ? piece.height : Math.min(piece.height, height - top),
          sample: plane,
          samples: planar ? 1 : samples,
        });
      }
    }
  }
  return pieces;
}

// The indices below are within arrays of the lengths that were computed above.

/** Reverts predictor 2: each sample is the difference to that of the pixel before. */
function addUp(
  data: Uint8Array,
  rowBytes: number,
  samples: number,
  { bits, littleEndian }: TiffDirectory,
): void {
  if (bits < 8) throw new Error(`it has differences of ${bits} bits, which is not supported`);
  const step = (samples * bits) / 8;
  for (let row = 0; row < data.length; row += rowBytes) {
    for (let at = row + step; at < row + rowBytes; at += bits / 8) {
      const low = bits === 8 || littleEndian ? at : at + 1;
      const sum = (data[low] as number) + (data[low - step] as number);
      data[low] = sum;
      if (bits === 16) {
        const high = littleEndian ? at + 1 : at;
        data[high] = (data[high] as number) + (data[high - step] as number) + (sum >> 8);
      }
    }
  }
}

function place(
  data: Uint8Array,
  rowBytes: number,
  piece: Piece,
  all: Uint8Array,
  { width, height, samples, bits, littleEndian }: TiffDirectory,
): void {
  const columns = Math.min(piece.width, width - piece.left);
  const rows = Math.min(piece.height, height - piece.top);
  const upper = littleEndian ? 1 : 0;
  const grey = samples === 1;
  const mask = (1 << bits) - 1;
  for (let y = 0; y < rows; y += 1) {
    let to = ((piece.top + y) * width + piece.left) * samples + piece.sample;
    for (let x = 0; x < columns; x += 1, to += samples) {
      for (let sample = 0; sample < piece.samples; sample += 1) {
        const bit = (x * piece.samples + sample) * bits;
        const at = y * rowBytes + (bit >> 3);
        if (bits === 16) {
          const high = data[at + upper] as number;
          const low = data[at + 1 - upper] as number;
          all[to + sample] = grey ? (high === 0 ? low : 255) : high;
        } else {
          all[to + sample] = ((data[at] as number) >> (8 - bits - (bit & 7))) & mask;
        }
      }
    }
  }
}
