/**
 * WASM modules compiled once on the main thread and posted to every worker that asks. Compiling
 * takes 50 to 300 ms and tens of MB in each worker otherwise.
 * @module
 */

import type { Host } from "../../host.ts";

const modules = new Map<string, Promise<WebAssembly.Module>>();

/** The module of a file, compiled at the first call for it and kept for the process's life. */
export function compiledModule(host: Host, url: string): Promise<WebAssembly.Module> {
  const known = modules.get(url);
  if (known !== undefined) return known;
  const module = host
    .read(new URL(url))
    .then((bytes) => WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>));
  modules.set(url, module);
  // A failed read is not kept: the next worker may find the file.
  module.catch(() => modules.delete(url));
  return module;
}
