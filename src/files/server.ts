/**
 * Files of Bun, Deno and Node.
 * @module
 */

import { readFile, realpath, stat } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isInExecutable } from "../executable.ts";
import type { Files } from "./files.ts";

/** The file system of this machine. */
export const files: Files | undefined = {
  // Some versions of Node's types do not say that the memory is an ArrayBuffer.
  read: async (path) => (await readFile(path)) as Uint8Array<ArrayBuffer>,
  pathOf: fileURLToPath,
  folderOf: dirname,
  join,
  // Files inside an executable are not links, and the system knows no path of theirs.
  realPath: async (path) => (isInExecutable(pathToFileURL(path).href) ? path : realpath(path)),
  async sizeOf(path) {
    const found = await stat(path);
    return found.isFile() ? found.size : undefined;
  },
  isInside: (path, folder) => path.startsWith(folder.endsWith(sep) ? folder : folder + sep),
};
