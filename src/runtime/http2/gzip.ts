/**
 * gzip: the one compression of messages, with a bound on what a message may inflate to.
 * @module
 */

import { promisify } from "node:util";
import { gunzip, gzip as gzipBytes } from "node:zlib";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Compression } from "@connectrpc/connect/protocol";
import { messageOf } from "../../error.ts";

const deflate = promisify(gzipBytes);
const inflate = promisify(gunzip);

/** Messages shorter than this are sent as they are: compressing them costs more than it saves. */
export const COMPRESS_MIN_BYTES = 1024;

/** `gzip`, on zlib. It runs in a thread of the runtime. */
export const gzip: Compression = {
  name: "gzip",
  compress: (bytes) => deflate(bytes),
  async decompress(bytes, readMaxBytes) {
    if (bytes.length === 0) return new Uint8Array();
    try {
      return await inflate(bytes, { maxOutputLength: readMaxBytes });
    } catch (error) {
      if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") {
        throw new ConnectError(
          `message is larger than configured readMaxBytes ${readMaxBytes} after decompression`,
          Code.ResourceExhausted,
        );
      }
      throw new ConnectError(`cannot gunzip message: ${messageOf(error)}`, Code.InvalidArgument);
    }
  },
};
