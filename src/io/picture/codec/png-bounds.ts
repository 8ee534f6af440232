/**
 * How much coded data a PNG may have, and what it may inflate to. The decoder inflates, and drops,
 * whatever follows the last pixel: without these bounds 20 MiB would keep it busy for a minute.
 * @module
 */

import { inflate } from "./inflate.ts";
import type { Header, Pixels } from "./png-chunks.ts";

/** The best that deflate can do: 258 bytes out for 2 bits in. */
const MAX_RATIO = 1032;

/** The largest result that is inflated without a check; it takes a fraction of a second. */
const MAX_WASTE_BYTES = 2 ** 28;

/**
 * Refuses coded data that cannot be what makes a picture of the declared size.
 *
 * @throws Error if it is too short, too long, or inflates to too much; or if it is damaged
 *   and the checksum of the zlib stream is wrong as well
 */
export async function checkData(
  { data, damaged }: Pick<Pixels, "data" | "damaged">,
  { width, height, bitsPerPixel }: Header,
): Promise<void> {
  const pixels = Math.ceil((width * height * bitsPerPixel) / 8);
  // So that a file of a few bytes cannot make the decoder allocate what it only declares.
  if (data.length * MAX_RATIO < pixels) {
    throw new Error(`its ${data.length} bytes of data are too few for ${pixels} bytes of pixels`);
  }
  // Each row has a filter byte and up to 7 bits of padding; interlacing makes nearly two rows of
  // one, and adds at most one to each of its seven passes.
  const raw = pixels + 4 * height + 16;
  // No encoder makes data twice as long as it was.
  const most = 2 * raw + 1024;
  if (data.length > most) {
    throw new Error(`its ${data.length} bytes of data are more than the ${most} it can need`);
  }
  if (damaged) {
    await checkInflated(data, most).catch((cause: unknown) => {
      throw new Error("the checksum of IDAT is wrong", { cause });
    });
  } else if (data.length * MAX_RATIO > raw + MAX_WASTE_BYTES) {
    await checkInflated(data, raw);
  }
}

/** Inflates and drops all of it, or as much as says that it is too much. */
async function checkInflated(data: Uint8Array, most: number): Promise<void> {
  let length = 0;
  for await (const piece of inflate(data)) {
    length += piece.length;
    if (length > most) {
      throw new Error(`its data inflates to ${length} bytes or more, but can need ${most}`);
    }
  }
}
