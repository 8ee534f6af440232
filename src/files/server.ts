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
  // Some types of Node leave open what memory a buffer is in.
  read: async (path) => (await readFile(path)) as Uint8Array<ArrayBuffer>,
  pathOf: fileURLToPath,
  folderOf: dirname,
  join,
  // The files inside an executable are no links, and have no real path for the system.
  realPath: async (path) => (isInExecutable(pathToFileURL(path).href) ? path : realpath(path)),
  async sizeOf(path) {
    const found = await stat(path);
    return found.isFile() ? found.size : undefined;
  },
  isInside: (path, folder) => path.startsWith(folder.endsWith(sep) ? folder : folder + sep),
};
