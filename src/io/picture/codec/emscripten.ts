/**
 * Instances of what Emscripten compiled, whose packages come with JavaScript that makes them.
 * @module
 */

import type { Instance, Make } from "./wasm.ts";

/** What an instance imports, under the name that every runtime's types agree on. */
type WasmImports = NonNullable<ConstructorParameters<typeof WebAssembly.Instance>[1]>;

/** What Emscripten's `MODULARIZE` output takes; the part of it used here. */
interface FactoryOptions {
  readonly noInitialRun: true;
  print(line: string): void;
  printErr(line: string): void;
  instantiateWasm?(
    imports: WasmImports,
    ready: (instance: WebAssembly.Instance) => void,
  ): WebAssembly.Instance["exports"];
}

/** A function that makes an instance, as the packages export it. */
export type Factory<M> = (options: FactoryOptions) => Promise<M & Instance>;

/** @param load imports the package's JavaScript; called for each new instance */
export function emscripten<M>(load: () => Promise<Factory<M>>): Make<M & Instance> {
  return async (code, print) => {
    const factory = await load();
    const options: FactoryOptions = { noInitialRun: true, print, printErr: print };
    // Without code the package fetches its own file.
    if (code === undefined) return factory(options);
    return factory({
      ...options,
      instantiateWasm(imports, ready) {
        const instance = new WebAssembly.Instance(code, imports);
        ready(instance);
        return instance.exports;
      },
    });
  };
}
