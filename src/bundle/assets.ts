/**
 * Assets: the files that a bundle imports as modules of their own, beside its script.
 * @module
 */

import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import type { OutputFile } from "./esbuild.ts";

/** The files beside the script of a bundle. */
export class Assets {
  /** Their paths, by their names in the bundle. */
  readonly #sources = new Map<string, string>();

  clear(): void {
    this.#sources.clear();
  }

  /**
   * Adds a file.
   *
   * @param extension is added to the name, to say what the module is
   * @returns the specifier by which the script imports it
   */
  add(path: string, extension = ""): string {
    const hash = createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 8);
    const own = extname(path);
    const name = `${basename(path, own)}-${hash}${own}${extension}`;
    this.#sources.set(name, path);
    return `./${name}`;
  }

  /** Copies all files to the folder of the script. */
  write(folder: string): void {
    mkdirSync(folder, { recursive: true });
    for (const [name, path] of this.#sources) copyFileSync(path, join(folder, name));
  }

  /** Returns all files as those of a build that is not written. */
  outputs(folder: string): OutputFile[] {
    return [...this.#sources].map(([name, path]) => {
      const contents = readFileSync(path);
      return { path: join(folder, name), contents, hash: name, text: contents.toString("latin1") };
    });
  }
}
