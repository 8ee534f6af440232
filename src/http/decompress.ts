/**
 * Decompression of bodies, by the web's own streams.
 * @module
 */

import { joinBytes } from "../io/bytes.ts";

/** How a body is compressed. HTTP calls zlib's format (RFC 1950) `deflate`. */
export type BodyFormat = "gzip" | "deflate";

/**
 * Decompresses a body.
 *
 * @param maxBytes the most that it may become
 * @returns `"too large"` for more than that, of which no more is made then
 * @throws Error in any words for what is not all of that format, or is followed by something else
 */
export type Decompress = (
  format: BodyFormat,
  bytes: Uint8Array,
  maxBytes: number,
) => Promise<Uint8Array | "too large">;

/**
 * Compressed bytes that are inflated at once. Some runtimes give all that they inflate to in one
 * piece: 4 MiB at most, for deflate makes of a byte 1032 at most.
 */
const SLICE_BYTES = 4096;

/** By the web's streams, which read one member of a gzip body and no more. */
export const decompressByStreams: Decompress = async (format, bytes, maxBytes) => {
  const name = format === "deflate" && !isZlib(bytes) ? "deflate-raw" : format;
  const stream = slices(bytes).pipeThrough(new DecompressionStream(name));
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the stream.
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > maxBytes) return "too large";
    chunks.push(chunk);
  }
  return joinBytes(chunks);
};

/** True for the header of RFC 1950. Some senders leave it out, and browsers do not mind. */
export function isZlib([first = 0, second = 0]: Uint8Array): boolean {
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}

function slices(bytes: Uint8Array): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at < bytes.length) controller.enqueue(bytes.slice(at, at + SLICE_BYTES));
      at += SLICE_BYTES;
      if (at >= bytes.length) controller.close();
    },
  });
}
