/**
 * ModelFiles: the files of models on this machine: whether they have changed, and those that a
 * caller sends.
 * @module
 */

import { watch } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { invalidArgument, ServiceError } from "../error.ts";
import type { FoundVersion } from "./model-settings.ts";

/** A folder that is removed when it is not used any more. */
export interface TemporaryFolder {
  /** The files in it, with slashes. */
  readonly paths: readonly string[];
  /** Returns the URL of one of them. */
  readonly urlOf: (path: string) => URL;
  remove(): Promise<void>;
}

/** The part of the file system that a repository uses. */
export interface ModelFiles {
  /**
   * Returns a text that differs after any change of the files of a version; an empty one if they
   * cannot be looked at, such as those of a server, or inside an executable.
   */
  stampOf(version: FoundVersion): Promise<string>;
  /**
   * Writes files to a new folder.
   *
   * @throws ServiceError as `checkFiles()`
   */
  write(files: ReadonlyMap<string, Uint8Array>): Promise<TemporaryFolder>;
  /**
   * Calls back for changes in a folder, or beside a file, as far as the system reports them.
   *
   * @param place the path of a folder, or the URL of a file
   * @returns a function that ends it
   */
  watch(place: string, changed: () => void): () => void;
}

/** The most files that a caller may send, and their size together. */
const MAX_FILES = 64;
const MAX_BYTES = 1 << 30;
/** The most files of a version that are looked at. */
const MAX_STAMPED = 1_000;

/** The file system of this machine. */
export const modelFiles: ModelFiles = {
  async stampOf({ version, url }) {
    if (url.protocol !== "file:") return "";
    const path = fileURLToPath(url);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) return ""; // the load says what is wrong with it
    const own = stampOfStat(found);
    const others = await besides(path, version);
    const stamps = others.map(async (name) => {
      const other = await stat(join(dirname(path), name)).catch(() => undefined);
      return other?.isFile() ? `${name}:${stampOfStat(other)}` : "";
    });
    return [own, ...(await Promise.all(stamps))].join(" ");
  },

  async write(files) {
    checkFiles(files);
    const folder = await mkdtemp(join(tmpdir(), "ekiben-model-"));
    const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
    try {
      for (const [path, bytes] of files) {
        const target = join(folder, ...path.split("/"));
        await mkdir(dirname(target), { recursive: true });
        await writeFile(target, bytes);
      }
    } catch (error) {
      await remove();
      throw error;
    }
    return {
      paths: [...files.keys()],
      urlOf: (path) => pathToFileURL(join(folder, ...path.split("/"))),
      remove,
    };
  },

  watch(place, changed) {
    // A file may be replaced by another: the folder that it is in sees that.
    const isFile = place.startsWith("file:");
    const path = isFile ? dirname(fileURLToPath(place)) : place;
    try {
      const watcher = watch(path, { recursive: !isFile, persistent: false }, () => changed());
      // The folder may be removed, or the system may have no watches left: scans go on.
      watcher.on("error", () => watcher.close());
      return () => watcher.close();
    } catch {
      return () => {};
    }
  },
};

interface Stat {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ino: number;
}

function stampOfStat({ size, mtimeMs, ino }: Stat): string {
  return `${size}:${mtimeMs}:${ino}`;
}

/**
 * Returns the other files of a version: all in a folder of its own, or those that are named after
 * its file, such as its weights.
 */
async function besides(path: string, version: string): Promise<readonly string[]> {
  const file = basename(path);
  const names = await readdir(dirname(path)).catch(() => []);
  const isOwn = basename(dirname(path)) === version;
  const own = isOwn ? names : names.filter((name) => name.startsWith(file));
  return own
    .filter((name) => name !== file)
    .sort()
    .slice(0, MAX_STAMPED);
}

/**
 * Checks the files of a load, before any is written.
 *
 * @throws ServiceError `invalid_argument` for a path that leads out of the model's folder,
 *   `payload_too_large` for too much
 */
export function checkFiles(files: ReadonlyMap<string, Uint8Array>): void {
  if (files.size > MAX_FILES) {
    throw new ServiceError("payload_too_large", `A load may have ${MAX_FILES} files at most`);
  }
  let bytes = 0;
  for (const [path, { byteLength }] of files) {
    bytes += byteLength;
    if (
      !/^[^/\\\0]+(\/[^/\\\0]+){0,8}$/.test(path) ||
      path.split("/").some((each) => /^\.+$/.test(each))
    ) {
      const shown = JSON.stringify(path.slice(0, 100));
      throw invalidArgument(`The path of a file must lead into the model's folder: ${shown}`);
    }
  }
  if (bytes <= MAX_BYTES) return;
  const text = `The files of a load may have ${MAX_BYTES} bytes together, but have ${bytes}`;
  throw new ServiceError("payload_too_large", text);
}
