/**
 * The sources of a service, as texts, to see what they import before they are loaded.
 * @module
 */

import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** The most files that are read. */
const MAX_FILES = 50;

/** Imports and exports of sources by relative paths. */
const RELATIVE = /\b(?:from|import)\s*\(?\s*["'](\.{1,2}\/[^"']+\.[cm]?[jt]sx?)["']/g;

/** Reads a source, then those that it imports by relative paths; what cannot be read is skipped. */
export async function* sourcesOf(path: string): AsyncGenerator<string> {
  const paths = new Set([path]);
  for (const file of paths) {
    const text = await readFile(file, "utf8").catch(() => "");
    yield text;
    for (const [, name = ""] of text.matchAll(RELATIVE)) {
      if (paths.size < MAX_FILES) paths.add(resolve(dirname(file), name));
    }
  }
}
