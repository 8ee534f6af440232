import { crc32, deflateSync } from "node:zlib";

const SIGNATURE = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
const BIT_DEPTH = 8;

/**
 * An 8-bit greyscale PNG of `pixels` ([height, width], 0 black to 255 white), by the PNG
 * specification, https://www.w3.org/TR/png/. The pixels are exact everywhere; the compressed bytes
 * are those of the runtime's zlib, and differ between Node, Bun and Deno.
 */
export function encodeGreyPng(pixels: Uint8Array, width: number, height: number): Uint8Array {
  // Width, height and depth; then colour type grey, deflate, no filter choice, not interlaced: 0.
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  view.setUint8(8, BIT_DEPTH);

  // Each row starts with its filter type; 0 is "none".
  const rows = new Uint8Array(height * (width + 1));
  for (let row = 0; row < height; row++) {
    rows.set(pixels.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  }
  return concatenate([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

/** Length, type, data, and the CRC of type and data (PNG specification, section 5.3). */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const typed = concatenate([new TextEncoder().encode(type), data]);
  return concatenate([bigEndian(data.length), typed, bigEndian(crc32(typed))]);
}

function bigEndian(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
