/**
 * WASM modules that are compiled once a process, and shared by its workers. Each worker would
 * otherwise take 50 to 300 ms and tens of MB to compile them.
 * @module
 */

import { files } from "#files";
import { compileFetched } from "../files/fetched-code.ts";
import type { Files } from "../files/files.ts";

const modules = new Map<string, Promise<WebAssembly.Module>>();

/** Returns the module of a file, which is compiled at the first call and kept. */
export function compiledModule(url: string): Promise<WebAssembly.Module> {
  const known = modules.get(url);
  if (known !== undefined) return known;
  const module = compile(new URL(url));
  modules.set(url, module);
  // A failed read is not kept: the next worker may find the file.
  module.catch(() => modules.delete(url));
  return module;
}

/** Begins to compile the bytes of a file, before any worker asks for its module. */
export function compileAhead(url: string, bytes: BufferSource): void {
  const module = WebAssembly.compile(bytes);
  modules.set(url, module);
  module.catch(() => modules.delete(url));
}

async function compile(url: URL): Promise<WebAssembly.Module> {
  // With the type of all runtimes: `#files` is another file on some of them.
  const disk: Files | undefined = files;
  if (url.protocol === "file:" && disk !== undefined) {
    return await WebAssembly.compile(await disk.read(url));
  }
  return await compileFetched(url);
}
