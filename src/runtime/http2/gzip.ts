/**
 * gzip: the one compression of messages, with a bound on what a message may inflate to.
 * @module
 */

import { promisify } from "node:util";
import { gunzip, gzip as gzipBytes } from "node:zlib";
import type { Compression } from "@connectrpc/connect/protocol";
import { gzipBy, tooLarge } from "../../rpc/gzip.ts";

const deflate = promisify(gzipBytes);
const inflate = promisify(gunzip);

/** Messages shorter than this are sent as they are: compressing them costs more than it saves. */
export const COMPRESS_MIN_BYTES = 1024;

/** `gzip`, on zlib. It runs in a thread of the runtime. */
export const gzip: Compression = gzipBy({
  deflate: (bytes) => deflate(bytes),
  async inflate(bytes, maxBytes) {
    try {
      return await inflate(bytes, { maxOutputLength: maxBytes });
    } catch (error) {
      const isTooLarge = (error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE";
      throw isTooLarge ? tooLarge(maxBytes) : error;
    }
  },
});
