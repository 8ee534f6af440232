/**
 * Assets: the files that a bundle imports as modules of their own, beside its script.
 * @module
 */

import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
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

  /**
   * Adds a file under its own name, by which another file finds it.
   *
   * @throws Error if another file has that name
   */
  addByName(path: string, name: string): void {
    const other = this.#sources.get(name);
    if (other !== undefined && other !== path) {
      throw new Error(`Two files of the bundle would have the name ${name}: ${other} and ${path}`);
    }
    this.#sources.set(name, path);
  }

  /** Copies all files to the folder of the script. */
  write(folder: string): void {
    mkdirSync(folder, { recursive: true });
    for (const [name, path] of this.#sources) {
      const target = join(folder, name);
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(path, target);
    }
  }

  /** Returns all files as those of a build that is not written. */
  outputs(folder: string): OutputFile[] {
    return [...this.#sources].map(([name, path]) => {
      const contents = readFileSync(path);
      return { path: join(folder, name), contents, hash: name, text: contents.toString("latin1") };
    });
  }
}
