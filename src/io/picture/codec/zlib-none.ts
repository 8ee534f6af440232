/**
 * No zlib, in browsers and workerd: the compiled codecs have their own.
 * @module
 */

import type { Zlib } from "./zlib.ts";

/** No zlib. */
export const zlib: Zlib | undefined = undefined;
