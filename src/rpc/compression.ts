/**
 * Compression of messages by the web's own streams, which every runtime has, with a bound on their
 * decompressed size. Runtimes with zlib use that, which is faster.
 * @module
 */

import { Code, ConnectError } from "@connectrpc/connect";
import type { Compression } from "@connectrpc/connect/protocol";
import { INFLATE_SLICE_BYTES, joinBytes, slices } from "../bytes.ts";
import { hasCompression } from "./get-query.ts";

/** The compressions of gRPC's clients. `deflate` is zlib's format (RFC 1950), as in HTTP. */
export type Format = "gzip" | "deflate";

/** Compresses and decompresses whole messages. */
export interface Codec {
  compress(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
  /** Returns at most `maxBytes`. @throws ConnectError `tooLarge()` for more */
  decompress(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Compressions by the web's streams. Not `deflate`: Deno's accepts truncated data. */
export const compressions: readonly Compression[] = [
  compressionBy("gzip", {
    async compress(bytes) {
      const compressed = slices(bytes, bytes.length).pipeThrough(new CompressionStream("gzip"));
      return await collect(compressed, Number.POSITIVE_INFINITY);
    },
    async decompress(bytes, maxBytes) {
      const inflated = slices(bytes, INFLATE_SLICE_BYTES).pipeThrough(
        new DecompressionStream("gzip"),
      );
      return await collect(inflated, maxBytes);
    },
  }),
];

/** Returns the compression of a codec, for Connect's routers. */
export function compressionBy(name: Format, { compress, decompress }: Codec): Compression {
  return {
    name,
    compress,
    async decompress(bytes, readMaxBytes) {
      if (bytes.length === 0) return new Uint8Array();
      try {
        return await decompress(bytes, readMaxBytes);
      } catch (error) {
        if (error instanceof ConnectError) throw error;
        const text = `cannot decompress message: it is not ${name}, or it is truncated`;
        throw new ConnectError(text, Code.InvalidArgument, undefined, undefined, error);
      }
    },
  };
}

/** The headers by which the protocols announce compressed messages. */
const ENCODINGS = ["grpc-encoding", "connect-content-encoding", "content-encoding"];

/** Returns true if the headers of a call, or its query by GET, allow compressed messages. */
export function isCompressed(
  header: (name: string) => string | null | undefined,
  url: string,
): boolean {
  return (
    ENCODINGS.some((name) => (header(name) ?? "identity") !== "identity") || hasCompression(url)
  );
}

/** The error for a message that inflates beyond its limit. */
export function tooLarge(maxBytes: number): ConnectError {
  return new ConnectError(
    `message is larger than configured readMaxBytes ${maxBytes} after decompression`,
    Code.ResourceExhausted,
  );
}

/** Reads a stream. @throws ConnectError as soon as there are more than `maxBytes` */
async function collect(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the stream.
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return joinBytes(chunks);
}
