/**
 * Decompression of bodies by the web's streams.
 * @module
 */

import { INFLATE_SLICE_BYTES, joinBytes, slices } from "../bytes.ts";

/** The compression of a body. HTTP calls zlib's format (RFC 1950) `deflate`. */
export type BodyFormat = "gzip" | "deflate";

/**
 * Decompresses a body.
 *
 * @param maxBytes the largest size of the result
 * @returns the bytes; `"too large"` as soon as there are more than `maxBytes`
 * @throws an Error with any message for bytes that are not of the format, or have data after it
 */
export type Decompress = (
  format: BodyFormat,
  bytes: Uint8Array,
  maxBytes: number,
) => Promise<Uint8Array | "too large">;

/** Decompresses by the web's streams, which read only one member of a gzip body. */
export const decompressByStreams: Decompress = async (format, bytes, maxBytes) => {
  const name = format === "deflate" && !isZlib(bytes) ? "deflate-raw" : format;
  const stream = slices(bytes, INFLATE_SLICE_BYTES).pipeThrough(new DecompressionStream(name));
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

/** Returns true for the header of RFC 1950, which some senders omit and browsers do not need. */
export function isZlib([first = 0, second = 0]: Uint8Array): boolean {
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}
