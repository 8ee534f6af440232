/**
 * The entries of a folder, and the contents of small files: all that the other modules of this
 * folder need of a server runtime.
 * @module
 */

import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../error.ts";

export { basename, join, resolve } from "node:path";
export { pathToFileURL } from "node:url";

/** An entry of a folder. Links are followed; those that lead nowhere are `other`. */
export interface Entry {
  readonly name: string;
  readonly path: string;
  readonly kind: "folder" | "file" | "other";
  /** A text that changes with the file, by its size and times; empty for folders. */
  readonly stamp: string;
}

/** The most entries of a folder that are looked at. */
export const MAX_ENTRIES = 10_000;

/** The folders that file systems and mounts make for themselves. */
const NOT_LOOKED_AT = /^\.|^(?:lost\+found|__MACOSX|\$RECYCLE\.BIN|System Volume Information)$/;

/**
 * Lists the entries of a folder by their names. Hidden ones are left out, such as the `..data` of
 * Kubernetes, where its links lead to.
 *
 * @throws Error if the folder cannot be read or has too many entries
 */
export async function entriesOf(folder: string): Promise<readonly Entry[]> {
  const all = await readdir(folder, { withFileTypes: true });
  const shown = all.filter(({ name }) => !NOT_LOOKED_AT.test(name));
  if (shown.length > MAX_ENTRIES) {
    throw new Error(`It has ${shown.length} entries, but at most ${MAX_ENTRIES} are looked at`);
  }
  shown.sort((one, other) => (one.name < other.name ? -1 : 1));
  return await eachOf(shown, async (entry): Promise<Entry> => {
    const { name } = entry;
    const path = join(folder, name);
    // A repository may have thousands of folders, and is read at each load of a model.
    if (entry.isDirectory()) return { name, path, kind: "folder", stamp: "" };
    const found = await stat(path).catch(() => undefined);
    const kind = found?.isDirectory() ? "folder" : found?.isFile() ? "file" : "other";
    const { size = 0, mtimeMs = 0, ctimeMs = 0, ino = 0 } = found ?? {};
    const stamp = kind === "file" ? `${size} ${mtimeMs} ${ctimeMs} ${ino}` : "";
    return { name, path, kind, stamp };
  });
}

/** The folders and files that are read at a time. */
const AT_ONCE = 16;

/** Calls an asynchronous function for each of many values, a few at a time. */
export async function eachOf<T, R>(
  values: readonly T[],
  work: (value: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = new Array(values.length);
  const rest = values.entries();
  const workOff = async (): Promise<void> => {
    for (const [at, value] of rest) results[at] = await work(value);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, values.length) }, workOff));
  return results;
}

/**
 * Reads a text file of UTF-8.
 *
 * @throws Error for a file that is missing, too large, or not of text
 */
export async function textOfFile(path: string, maxBytes: number): Promise<string> {
  const found = await stat(path);
  // A pipe or a device might never end.
  if (!found.isFile()) throw new Error("It is not a file");
  if (found.size > maxBytes) {
    throw new Error(`It must be at most ${maxBytes} bytes, but has ${found.size}`);
  }
  const bytes = await readFile(path);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Error("It is not a text in UTF-8", { cause: error });
  }
}

/** Returns what is wrong with a file, after its name. */
export function problemOf(name: string, error: unknown): Error {
  const text = messageOf(error).replace(/[.\s]+$/, "");
  return new Error(`${name}: ${text}`, { cause: error });
}
