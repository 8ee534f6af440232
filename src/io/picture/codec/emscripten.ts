/**
 * Instances of modules compiled by Emscripten, made by the JavaScript of their packages.
 * @module
 */

import type { Instance, Make } from "./wasm.ts";

/** The imports of an instance, by a name that the types of all runtimes have. */
type WasmImports = NonNullable<ConstructorParameters<typeof WebAssembly.Instance>[1]>;

/** The options of Emscripten's `MODULARIZE` output that are used here. */
interface FactoryOptions {
  readonly noInitialRun: true;
  print(line: string): void;
  printErr(line: string): void;
  instantiateWasm?(
    imports: WasmImports,
    ready: (instance: WebAssembly.Instance) => void,
  ): WebAssembly.Instance["exports"];
}

/** A function that makes an instance, which the packages export. */
export type Factory<M> = (options: FactoryOptions) => Promise<M & Instance>;

/**
 * Returns a function that makes instances.
 *
 * @param load imports the package's JavaScript; called for each new instance
 */
export function emscripten<M>(load: () => Promise<Factory<M>>): Make<M & Instance> {
  return async (code, print) => {
    const factory = await load();
    const options: FactoryOptions = { noInitialRun: true, print, printErr: print };
    // Without code, the package fetches its own file.
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
