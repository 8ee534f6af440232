/**
 * Pixels as a PNG file (https://www.w3.org/TR/png-3/), by the runtime's own compression.
 * @module
 */

import type { Pixels } from "./types.ts";

/** PNG's types of colour, by the number of channels. */
const COLOURS: Readonly<Record<number, number>> = { 1: 0, 3: 2, 4: 6 };

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Returns true for an `ImageData`, a `Picture`, and what looks like them. */
export function isPixels(value: unknown): value is Pixels {
  const { width, height, data } = (value ?? {}) as Partial<Pixels>;
  return (
    typeof width === "number" &&
    typeof height === "number" &&
    (data instanceof Uint8Array || data instanceof Uint8ClampedArray)
  );
}

/** @throws TypeError for a number of bytes that is not that of the pixels */
export async function pngOf({ width, height, channels = 4, data }: Pixels): Promise<Blob> {
  const stride = width * channels;
  const colour = COLOURS[channels];
  if (colour === undefined || data.length !== stride * height || data.length === 0) {
    throw new TypeError(
      `Cannot send a picture of ${width} x ${height} pixels in ${channels} channels: it must ` +
        `have ${stride * height} bytes, but has ${data.length}`,
    );
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, colour], 8); // 8 bits a channel; the rest are the defaults
  // Each row begins with the number of its filter: 0 for none.
  const rows = new Uint8Array((stride + 1) * height);
  for (let row = 0; row < height; row++) {
    rows.set(data.subarray(row * stride, (row + 1) * stride), row * (stride + 1) + 1);
  }
  const deflated = new Blob([rows]).stream().pipeThrough(new CompressionStream("deflate"));
  const pixels = new Uint8Array(await new Response(deflated).arrayBuffer());
  const chunks = [chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", new Uint8Array())];
  return new Blob([SIGNATURE, ...chunks], { type: "image/png" });
}

/** Makes a chunk: its length, its type, its data and their checksum. */
function chunk(type: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, -4)));
  return bytes;
}

/** The cyclic redundancy check of PNG and zip, bit by bit: compressed pixels are few. */
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
