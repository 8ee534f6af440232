/**
 * Files of hosts without a file system: browsers and workerd.
 * @module
 */

import type { Files } from "./files.ts";

/** No file system. */
export const files: Files | undefined = undefined;
