/**
 * A PNG of the chunks that affect the pixels, for the compiled `png` crate.
 * @module
 */

import { viewOf } from "./format.ts";
import { HEADER_BYTES, type Header, type Pixels } from "./png-chunks.ts";

/** A file in parts, to be joined: the signature with IHDR, then the rest. Checksums may be 0. */
export type PngFile = readonly [Uint8Array, ...Uint8Array[]];

/** The most colours of a palette. */
const MAX_COLOURS = 256;

const NOTHING = new Uint8Array(0);

/** An IEND. */
const END = Uint8Array.of(0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82);

/** Returns a PNG of the chunks in `pixels` alone; without tRNS if samples have 16 bits. */
export function pngFile(
  bytes: Uint8Array,
  { colourType, depth }: Header,
  { data, palette, transparency = NOTHING }: Pixels,
): PngFile {
  const key = depth === 16 ? NOTHING : transparency.subarray(0, MAX_COLOURS);
  // The crate ignores alphas of more colours than the palette has; in Pillow, those are black.
  const colours = colourType === 3 ? padded(palette, 3 * key.length) : palette;
  const parts = [...chunk("PLTE", colours), ...chunk("tRNS", key), ...chunk("IDAT", data), END];
  return [bytes.subarray(0, HEADER_BYTES), ...parts];
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length >= length) return bytes;
  const longer = new Uint8Array(length);
  longer.set(bytes);
  return longer;
}

/** Returns a chunk with zeros as its checksum; nothing for an empty body. */
function chunk(type: string, body: Uint8Array): readonly Uint8Array[] {
  if (body.length === 0) return [];
  const start = new Uint8Array(8);
  viewOf(start).setUint32(0, body.length);
  for (let at = 0; at < 4; at += 1) start[4 + at] = type.charCodeAt(at);
  return [start, body, new Uint8Array(4)];
}
