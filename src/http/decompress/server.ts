/**
 * Decompression of bodies by zlib, in threads of the runtime, on Bun, Deno and Node.
 * `#decompress` in package.json chooses this file or web.ts.
 * @module
 */

import { gunzip, inflate, inflateRaw, type ZlibOptions } from "node:zlib";
import { type Decompress, isZlib } from "./decompress.ts";

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
