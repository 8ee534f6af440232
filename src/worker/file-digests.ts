/**
 * The SHA-256 of files, computed once a process for all workers that open them.
 * @module
 */

import { files } from "#files";
import type { Files } from "../files/files.ts";
import type { StampedFile } from "./protocol.ts";

/** The most files that are remembered. */
const MAX_FILES = 1_000;

const known = new Map<string, Promise<string | undefined>>();

/**
 * Returns the SHA-256 of a file as hex digits; undefined if its content is not that of its stamp
 * any more, or cannot be read. The file is read in pieces, between other work.
 */
export function fileDigest({ path, stamp }: StampedFile): Promise<string | undefined> {
  const key = `${stamp} ${path}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const digest = hash(path, stamp).catch(() => undefined);
  known.set(key, digest);
  void digest.then((found) => found ?? known.delete(key));
  for (const [oldest] of known) {
    if (known.size <= MAX_FILES) break;
    known.delete(oldest);
  }
  return digest;
}

async function hash(path: string, stamp: string): Promise<string | undefined> {
  // With the type of all runtimes: `#files` is another file on some of them.
  const disk: Files | undefined = files;
  if (disk === undefined) return undefined;
  const digest = await disk.sha256Of(path);
  return (await disk.stampOf(path)) === stamp ? digest : undefined;
}
