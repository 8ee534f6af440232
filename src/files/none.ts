/**
 * Files of hosts that have none: browsers and workerd.
 * @module
 */

import type { Files } from "./files.ts";

/** There is no file system. */
export const files: Files | undefined = undefined;
