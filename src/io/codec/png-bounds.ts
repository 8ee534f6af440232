/**
 * How much coded data a PNG may have, and what it may inflate to. The decoder inflates, and drops,
 * whatever follows the last pixel: without these bounds 20 MiB would keep it busy for a minute.
 * @module
 */

import type { Header } from "./png-chunks.ts";

/** The best that deflate can do: 258 bytes out for 2 bits in. */
const MAX_RATIO = 1032;

/** What may come to be inflated for nothing, a fraction of a second: less than looking first. */
const MAX_WASTE_BYTES = 2 ** 28;

/** A small slice bounds what one step can inflate to: at 1032 to 1, 16 MiB. */
const SLICE_BYTES = 16 * 1024;

/**
 * Refuses coded data that cannot be what makes a picture of the declared size.
 *
 * @param data one zlib stream
 * @throws Error where it is too short, too long, or inflates to too much
 */
export async function checkData(
  data: Uint8Array,
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
  if (data.length * MAX_RATIO > raw + MAX_WASTE_BYTES) await checkInflated(data, raw);
}

/** Inflates and drops all of it, or as much as says that it is too much. */
async function checkInflated(data: Uint8Array, most: number): Promise<void> {
  const stream = new DecompressionStream("deflate");
  // What fails in the writer also fails in the reader, which is where it is reported.
  feed(stream.writable.getWriter(), data).catch(() => undefined);
  const reader = stream.readable.getReader();
  for (let length = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    length += value.length;
    if (length > most) {
      reader.cancel().catch(() => undefined);
      throw new Error(`its data inflates to ${length} bytes or more, but can need ${most}`);
    }
  }
}

async function feed(
  writer: ReturnType<DecompressionStream["writable"]["getWriter"]>,
  data: Uint8Array,
): Promise<void> {
  for (let at = 0; at < data.length; at += SLICE_BYTES) {
    // Awaited, so that nothing is inflated before what came before it was taken.
    await writer.write(data.slice(at, at + SLICE_BYTES));
  }
  await writer.close();
}
