/**
 * Compression of messages by zlib, with a bound on their decompressed size.
 * @module
 */

import { promisify } from "node:util";
import { deflate, gunzip, gzip, inflate, type ZlibOptions } from "node:zlib";
import type { Compression } from "@connectrpc/connect/protocol";
import { compressionBy, type Format, tooLarge } from "../../rpc/compression.ts";
import { holdInflated } from "./inflated.ts";

/** Messages shorter than this are sent as they are: compressing them costs more than it saves. */
export const COMPRESS_MIN_BYTES = 1024;

type Undo = (bytes: Uint8Array, options: ZlibOptions) => Promise<Uint8Array<ArrayBuffer>>;
type Do = (bytes: Uint8Array) => Promise<Uint8Array<ArrayBuffer>>;

/** `gzip` and `deflate`. They run in threads of the runtime. */
export const compressions: readonly Compression[] = [
  onZlib("gzip", promisify(gzip) as Do, promisify(gunzip) as Undo),
  onZlib("deflate", promisify(deflate) as Do, promisify(inflate) as Undo),
];

function onZlib(format: Format, compress: Do, undo: Undo): Compression {
  return compressionBy(format, {
    compress,
    async decompress(bytes, maxBytes) {
      try {
        const inflated = await undo(bytes, { maxOutputLength: maxBytes });
        holdInflated(inflated.length);
        return inflated;
      } catch (error) {
        const isTooLarge = (error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE";
        throw isTooLarge ? tooLarge(maxBytes) : error;
      }
    },
  });
}
