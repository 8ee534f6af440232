/**
 * Files of Bun, Deno and Node.
 * @module
 */

import { readFile, realpath, stat } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Files } from "./files.ts";

/** The file system of this machine. */
export const files: Files | undefined = {
  read: (path) => readFile(path),
  pathOf: fileURLToPath,
  folderOf: dirname,
  join,
  realPath: (path) => realpath(path),
  async sizeOf(path) {
    const found = await stat(path);
    return found.isFile() ? found.size : undefined;
  },
  isInside: (path, folder) => path.startsWith(folder.endsWith(sep) ? folder : folder + sep),
};
