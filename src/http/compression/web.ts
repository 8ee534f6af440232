/**
 * Compression and decompression of bodies by the web's streams, in browsers and workerd.
 * @module
 */

import { INFLATE_SLICE_BYTES, joinBytes, slices } from "../../bytes.ts";
import { type Compress, type Decompress, isZlib } from "./compression.ts";

/** Decompresses by the web's streams, which read only one member of a gzip body. */
export const decompress: Decompress = async (format, bytes, maxBytes) => {
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

/** Compresses by the web's streams, whose level nobody can choose. */
export const compress: Compress = async (format, bytes) => {
  const chunks: Uint8Array[] = [];
  const stream = slices(bytes, bytes.length).pipeThrough(new CompressionStream(format));
  for await (const chunk of stream) chunks.push(chunk);
  return joinBytes(chunks);
};
