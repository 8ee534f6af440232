/**
 * Compression and decompression of bodies by zlib, in threads of the runtime, on Bun, Deno and
 * Node. `#compression` in package.json chooses this file or web.ts.
 * @module
 */

import { constants, deflate, gunzip, gzip, inflate, inflateRaw, type ZlibOptions } from "node:zlib";
import { type Compress, type Decompress, isZlib } from "./compression.ts";

/** zlib's result with the option `info`. */
interface Inflated {
  readonly buffer: Uint8Array;
  /** The number of input bytes that were used. */
  readonly engine: { readonly bytesWritten: number };
}

type Undo = (
  bytes: Uint8Array,
  options: ZlibOptions,
  done: (error: Error | null, inflated: unknown) => void,
) => void;

/** Decompresses all members of a gzip body (RFC 1952), and `deflate` with or without a header. */
export const decompress: Decompress = async (format, bytes, maxBytes) => {
  const undo: Undo = format === "gzip" ? gunzip : isZlib(bytes) ? inflate : inflateRaw;
  const done = Promise.withResolvers<Inflated>();
  undo(bytes, { maxOutputLength: maxBytes, info: true }, (error, inflated) => {
    if (error === null) done.resolve(inflated as Inflated);
    else done.reject(error);
  });
  try {
    const { buffer, engine } = await done.promise;
    // zlib itself checks that each further member is gzip; zeros after the last one are padding.
    if (format === "gzip" || engine.bytesWritten === bytes.length) return buffer;
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") return "too large";
    throw error;
  }
  throw new Error("there are bytes after its end");
};

/** Compresses at the fastest level, as nginx does: a better one takes far longer than it saves. */
export const compress: Compress = (format, bytes) => {
  const done = Promise.withResolvers<Uint8Array>();
  const run = format === "gzip" ? gzip : deflate;
  run(bytes, { level: constants.Z_BEST_SPEED }, (error, compressed) => {
    if (error === null) done.resolve(compressed);
    else done.reject(error);
  });
  return done.promise;
};
