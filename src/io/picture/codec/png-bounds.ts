/**
 * Bounds of a PNG's coded data and of its inflated size. The decoder inflates and drops all data
 * after the last pixel: without these bounds, 20 MiB would take it a minute.
 * @module
 */

import { inflate } from "./inflate.ts";
import type { Header, Pixels } from "./png-chunks.ts";

/** The highest ratio of deflate: 258 bytes for 2 bits. */
const MAX_RATIO = 1032;

/** The largest size that is inflated without a check; it takes a fraction of a second. */
const MAX_WASTE_BYTES = 2 ** 28;

/**
 * Refuses coded data of a length that cannot be that of the declared size of the picture.
 *
 * @throws Error if it is too short or too long
 */
export function checkLength(data: Uint8Array, header: Header): void {
  const pixels = pixelBytes(header);
  // So that the decoder does not allocate a large declared size for a file of a few bytes.
  if (data.length * MAX_RATIO < pixels) {
    throw new Error(`its ${data.length} bytes of data are too few for ${pixels} bytes of pixels`);
  }
  const most = mostBytes(header);
  if (data.length > most) {
    throw new Error(`its ${data.length} bytes of data are more than the ${most} it can need`);
  }
}

/**
 * Refuses coded data that inflates to too much, before the crate inflates it.
 *
 * @throws Error if it does; or if it is damaged and the checksum of the zlib stream is wrong too
 */
export async function checkData(
  { data, damaged }: Pick<Pixels, "data" | "damaged">,
  header: Header,
): Promise<void> {
  const raw = rawBytes(header);
  if (damaged) {
    await checkInflated(data, mostBytes(header)).catch((cause: unknown) => {
      throw new Error("the checksum of IDAT is wrong", { cause });
    });
  } else if (data.length * MAX_RATIO > raw + MAX_WASTE_BYTES) {
    await checkInflated(data, raw);
  }
}

function pixelBytes({ width, height, bitsPerPixel }: Header): number {
  return Math.ceil((width * height * bitsPerPixel) / 8);
}

/** Returns a bound of the inflated length. */
function rawBytes(header: Header): number {
  // Each row has a filter byte and up to 7 bits of padding; interlacing nearly doubles the number
  // of rows, and adds at most one to each of its seven passes.
  return pixelBytes(header) + 4 * header.height + 16;
}

/** Returns a bound of the coded length. */
function mostBytes(header: Header): number {
  // No encoder doubles the length of its data.
  return 2 * rawBytes(header) + 1024;
}

/** Inflates all data and drops it; stops beyond the bound. */
async function checkInflated(data: Uint8Array, most: number): Promise<void> {
  let length = 0;
  for await (const piece of inflate(data)) {
    length += piece.length;
    if (length > most) {
      throw new Error(`its data inflates to ${length} bytes or more, but can need ${most}`);
    }
  }
}
