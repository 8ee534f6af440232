/**
 * The versions of installed packages.
 * @module
 */

import { existsSync, readFileSync } from "node:fs";

/** Returns the version of a package that this program finds; `undefined` if it is not installed. */
export function packageVersion(name: string): string | undefined {
  try {
    let folder = new URL(".", import.meta.resolve(name));
    for (; folder.pathname !== "/"; folder = new URL("..", folder)) {
      const file = new URL("package.json", folder);
      if (!existsSync(file)) continue;
      const found = JSON.parse(readFileSync(file, "utf8")) as { name?: string; version?: string };
      if (found.name === name) return found.version;
    }
  } catch {
    // It is not installed, or is in an executable.
  }
  return undefined;
}
