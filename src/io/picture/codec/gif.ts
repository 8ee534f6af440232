/**
 * GIF, decoded by our own code: the npm packages for it lose the offset of the first picture, or
 * run endlessly on damaged data.
 * @module
 */

import type { Picture } from "../picture.ts";
import type { PictureFormat } from "./format.ts";
import { type GifFrame, isGif, joinBlocks, readFrame } from "./gif-blocks.ts";
import { decodeLzw } from "./gif-lzw.ts";

/** The first picture of a GIF on its canvas. */
export const gif: PictureFormat = {
  name: "GIF",
  mediaType: "image/gif",
  matches: isGif,
  measure: (bytes) => readFrame(bytes).canvas,
  decode(bytes) {
    const frame = readFrame(bytes);
    const coded = joinBlocks(bytes, frame.dataAt);
    return draw(frame, decodeLzw(coded, frame.codeBits, frame.width * frame.height));
  },
};

function draw(frame: GifFrame, indices: Uint8Array): Picture {
  const { canvas, left, top, width, height, interlaced, transparent } = frame;
  const channels = transparent === undefined ? 3 : 4;
  const data = new Uint8Array(canvas.width * canvas.height * channels);
  const colours = coloursOf(frame, channels);
  // The rest of the canvas has the transparent colour, or else the first one.
  const background = colours.subarray(
    (transparent ?? 0) * channels,
    ((transparent ?? 0) + 1) * channels,
  );
  if (width < canvas.width || height < canvas.height) {
    for (let at = 0; at < data.length; at += channels) data.set(background, at);
  }
  const rows = interlaced ? interlacedRows(height) : undefined;
  for (let y = 0, from = 0; y < height; y += 1) {
    let to = ((top + (rows?.[y] ?? y)) * canvas.width + left) * channels;
    for (let x = 0; x < width; x += 1, from += 1) {
      // An index is a byte, and `colours` has an entry for each byte.
      const colour = (indices[from] as number) * channels;
      for (let channel = 0; channel < channels; channel += 1, to += 1) {
        data[to] = colours[colour + channel] as number;
      }
    }
  }
  return { ...canvas, channels, data };
}

/** Returns the channels of all 256 indices; those beyond the palette are black. */
function coloursOf({ palette, transparent }: GifFrame, channels: 3 | 4): Uint8Array {
  const colours = new Uint8Array(256 * channels);
  for (let index = 0; index < 256; index += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      const level = palette === undefined ? index : (palette[index * 3 + channel] ?? 0);
      colours[index * channels + channel] = level;
    }
    if (channels === 4) colours[index * 4 + 3] = index === transparent ? 0 : 255;
  }
  return colours;
}

/**
 * Returns the order of rows in interlaced data (appendix E): every eighth, then the rows between.
 */
function interlacedRows(height: number): Uint32Array {
  const rows = new Uint32Array(height);
  let next = 0;
  for (const [start, step] of [
    [0, 8],
    [4, 8],
    [2, 4],
    [1, 2],
  ] as const) {
    for (let row = start; row < height; row += step, next += 1) rows[next] = row;
  }
  return rows;
}
