/**
 * The files of which a service is made: its module, what that imports, and what both name.
 * @module
 */

import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The most files that are watched, and the most bytes of a source. */
const MAX_FILES = 2_000;
const MAX_BYTES = 4 * 2 ** 20;

/** The folder of this package's own modules, which a project may have as a link. */
const OWN_CODE = fileURLToPath(new URL("../../", import.meta.url));

const CODE = /\.[cm]?[jt]sx?$/;

/** The extensions that a runtime may add to an import, or take for another one. */
const EXTENSIONS = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json"];

/** Texts that name a file beside a source: imports, and URLs of models and other data. */
const RELATIVE = /["'`](\.{1,2}\/[^"'`\n$]+)["'`]/g;
/** Other imports, which may be of the project itself: `#runners`, or of its workspace. */
const NAMED = /\b(?:from|import|require)\s*\(?\s*["']([^."'/\n][^"'\n]*|\/[^"'\n]+)["']/g;

/**
 * Returns a source and the files that it needs, directly or by others: by relative paths in any
 * text of a source, and by imports that lead to no installed package. A name that leads nowhere is
 * returned too, as the file that may be made.
 */
export function filesOf(source: string): ReadonlySet<string> {
  const files = new Set([source]);
  for (const file of files) {
    if (files.size >= MAX_FILES || !CODE.test(file)) continue;
    const text = textOf(file);
    for (const [, name = ""] of text.matchAll(RELATIVE)) files.add(beside(file, name));
    for (const [, name = ""] of text.matchAll(NAMED)) {
      const own = ownFile(file, name);
      if (own !== undefined) files.add(own);
    }
  }
  return files;
}

function textOf(file: string): string {
  try {
    return statSync(file).size > MAX_BYTES ? "" : readFileSync(file, "utf8");
  } catch {
    return ""; // it is missing, or a folder
  }
}

/** Returns the file of a relative path: TypeScript's paths may have no extension, or that of JS. */
function beside(file: string, name: string): string {
  const path = resolve(dirname(file), name.replace(/[?#].*$/, ""));
  if (isFile(path)) return path;
  const stem = CODE.test(path) ? path.slice(0, -extname(path).length) : path;
  const guesses = [path, stem, join(path, "index")].flatMap((base) =>
    EXTENSIONS.map((extension) => base + extension),
  );
  return guesses.find(isFile) ?? path;
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

/** Returns the file of an import by name; `undefined` for one of an installed package. */
function ownFile(file: string, name: string): string | undefined {
  if (name.startsWith("node:")) return undefined;
  try {
    const found = name.startsWith("file:")
      ? fileURLToPath(name)
      : createRequire(file).resolve(name);
    const isPackage = found.includes("node_modules") || found.startsWith(OWN_CODE);
    return isPackage || !isFile(found) ? undefined : found;
  } catch {
    return undefined;
  }
}
