/**
 * Files of browsers, which have no file system.
 * @module
 */

import type { Files } from "./files.ts";

/** No file system. */
export const files: Files | undefined = undefined;
