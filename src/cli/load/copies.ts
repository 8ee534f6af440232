/**
 * The copies of this package: that of this command, and that which a service imports.
 * @module
 */

import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** Returns the folder of this copy. */
export function ownCopy(): string {
  return fileURLToPath(new URL("../../../", import.meta.url)).replace(/[\\/]$/, "");
}

/** Returns the folder of the copy that a file imports; `undefined` if it finds none. */
export function copyFor(path: string): string | undefined {
  try {
    const manifest = createRequire(path).resolve("ekiben/package.json");
    return realpathSync(manifest).replace(/[\\/]package\.json$/, "");
  } catch {
    return undefined;
  }
}
