/**
 * The compile cache of Node: compiled modules on disk, which the next start reads. Without it, Node
 * takes half a second for sources in TypeScript. Deno has one of its own; Bun needs none.
 * @module
 */

import module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** Uses the compile cache, in this thread and in those that it starts. */
export function useCompileCache(): void {
  if (process.versions["bun"] !== undefined || process.versions["deno"] !== undefined) return;
  // Not Node's default, a folder in /tmp, in which other users could place code.
  const caches = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  const folder = process.env["NODE_COMPILE_CACHE"] ?? join(caches, "ekiben");
  module.enableCompileCache(folder);
  process.env["NODE_COMPILE_CACHE"] = folder; // threads read it
}

/** Writes what has been compiled so far, which Node would lose if it were killed. */
export function keepCompiled(): void {
  module.flushCompileCache?.();
}
