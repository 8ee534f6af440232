/**
 * Files of Bun, Deno and Node.
 * @module
 */

import { createHash } from "node:crypto";
import { open, readFile, realpath, stat } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isInExecutable } from "../executable.ts";
import { release } from "../release.ts";
import type { Files } from "./files.ts";

/** A file younger than this may be written again within the same tick of the file system. */
const SETTLED_MS = 1_000;
/** The bytes that are hashed at once, in about a millisecond. */
const PIECE_BYTES = 1 << 20;

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
  async stampOf(path) {
    if (isInExecutable(pathToFileURL(path).href)) return undefined;
    const { dev, ino, size, mtimeNs, mtimeMs } = await stat(path, { bigint: true });
    const isSettled = Date.now() - Number(mtimeMs) > SETTLED_MS;
    return isSettled ? `${dev}:${ino}:${size}:${mtimeNs}` : undefined;
  },
  async sha256Of(path) {
    const hash = createHash("sha256");
    if (isInExecutable(pathToFileURL(path).href)) {
      return hash.update(await readFile(path)).digest("hex");
    }
    // Not createReadStream(), which allocates a piece for each read, and collectors are late.
    await using file = await open(path);
    const { size } = await file.stat();
    const piece = new Uint8Array(Math.min(PIECE_BYTES, size + 1));
    try {
      for (;;) {
        const { bytesRead } = await file.read(piece, 0, piece.length);
        if (bytesRead === 0) return hash.digest("hex");
        hash.update(piece.subarray(0, bytesRead));
        await setImmediate(); // on Deno, a read that is over at once lets nothing else run
      }
    } finally {
      release(piece.buffer);
    }
  },
  isInside: (path, folder) => path.startsWith(folder.endsWith(sep) ? folder : folder + sep),
  // The store is above this layer, and most programs need none.
  locate: async (source) => await (await import("#models")).locator.locate(source),
};
