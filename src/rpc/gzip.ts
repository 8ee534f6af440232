/**
 * gzip: compression of messages by the web's own streams, which every runtime has, with a bound on
 * what a message may inflate to. Where there is zlib, it is faster.
 * @module
 */

import { Code, ConnectError } from "@connectrpc/connect";
import type { Compression } from "@connectrpc/connect/protocol";
import { join } from "./bytes.ts";

/**
 * Compressed bytes that are inflated at once. Some runtimes give all that they inflate to in one
 * piece: 4 MiB at most, for gzip makes of a byte 1032 at most.
 */
const SLICE_BYTES = 4096;

/** `gzip`, for routers. */
export const gzip: Compression = {
  name: "gzip",
  compress: async (bytes) => {
    const compressed = slices(bytes, bytes.length).pipeThrough(new CompressionStream("gzip"));
    return await collect(compressed, Number.POSITIVE_INFINITY);
  },
  async decompress(bytes, readMaxBytes) {
    if (bytes.length === 0) return new Uint8Array();
    const inflated = slices(bytes, SLICE_BYTES).pipeThrough(new DecompressionStream("gzip"));
    try {
      return await collect(inflated, readMaxBytes);
    } catch (error) {
      if (error instanceof ConnectError) throw error;
      const text = "cannot gunzip message: it is no gzip, or not all of it";
      throw new ConnectError(text, Code.InvalidArgument, undefined, undefined, error);
    }
  },
};

function slices(bytes: Uint8Array, length: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at < bytes.length) controller.enqueue(bytes.slice(at, at + length));
      at += length;
      if (at >= bytes.length) controller.close();
    },
  });
}

/** @throws ConnectError for more than `maxBytes`, of which no more is made then */
async function collect(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the stream.
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new ConnectError(
        `message is larger than configured readMaxBytes ${maxBytes} after decompression`,
        Code.ResourceExhausted,
      );
    }
    chunks.push(chunk);
  }
  return join(chunks);
}
