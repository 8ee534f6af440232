/**
 * WASM modules that are compiled once, on the main thread, and posted to the workers. Each worker
 * would otherwise take 50 to 300 ms and tens of MB to compile them.
 * @module
 */

import type { Host } from "../../host/host.ts";

const modules = new Map<string, Promise<WebAssembly.Module>>();

/** Returns the module of a file, which is compiled at the first call and kept. */
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
