/**
 * Temporary folders, in which a model is made whole before it gets its name.
 * @module
 */

import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { hasEnded, newOwner } from "./owner.ts";

/** The time after which what an unknown process has left is removed, in milliseconds. */
const MAX_AGE_MS = 86_400_000;

/** The time for which a broken download can be gone on with, in milliseconds. */
const MAX_DOWNLOAD_AGE_MS = 7 * MAX_AGE_MS;

/** Runs work with a new folder, which is removed afterwards, unless it has been renamed. */
export async function withStaging<T>(
  staging: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  await removeOld(staging, (name, ageMs, touchedMs) =>
    ageMs > MAX_AGE_MS ? true : hasEnded(name, touchedMs),
  );
  const folder = join(staging, newOwner());
  await mkdir(folder, { recursive: true });
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes downloads that nobody has gone on with. */
export function removeOldDownloads(downloads: string): Promise<void> {
  return removeOld(downloads, (_, ageMs) => ageMs > MAX_DOWNLOAD_AGE_MS);
}

async function removeOld(
  folder: string,
  isOld: (name: string, ageMs: number, touchedMs: number) => boolean,
): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || !isOld(name, Date.now() - found.mtimeMs, found.mtimeMs)) continue;
    // Another process may be removing it, too.
    await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

/** Writes what the system holds of a file or a folder to the disk, where the system can do that. */
export async function flush(path: string): Promise<void> {
  const handle = await open(path, "r").catch(() => undefined);
  try {
    await handle?.sync();
  } catch {
    // Folders cannot be written out on all systems.
  } finally {
    await handle?.close();
  }
}

/** Writes a small file as a whole: readers see its old content or the new one. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${newOwner()}`);
  try {
    const handle = await open(temporary, "wx");
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await flush(dirname(path));
}
