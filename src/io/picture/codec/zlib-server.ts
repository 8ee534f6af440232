/**
 * zlib on Bun, Deno and Node. `#zlib` in package.json chooses this file or zlib-none.ts.
 * @module
 */

import { crc32, inflateSync } from "node:zlib";
import type { Zlib } from "./zlib.ts";

/** The least that zlib takes as `chunkSize`. */
const MIN_CHUNK = 64;

/** The most that is allocated before anything is inflated. */
const MAX_CHUNK = 2 ** 24;

/** The runtime's zlib. */
export const zlib: Zlib | undefined = {
  inflate(data, maxLength) {
    // All in one chunk, which is then not full: no other is allocated, nor joined to it.
    const chunkSize = Math.min(Math.max(maxLength + 1, MIN_CHUNK), MAX_CHUNK);
    return inflateSync(data, { maxOutputLength: maxLength, chunkSize });
  },
  crc32: (bytes) => crc32(bytes),
};
