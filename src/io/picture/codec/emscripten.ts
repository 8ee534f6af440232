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
    return await keepingLocation(() =>
      factory({
        ...options,
        instantiateWasm(imports, ready) {
          const instance = new WebAssembly.Instance(code, imports);
          ready(instance);
          return instance.exports;
        },
      }),
    );
  };
}

/**
 * Makes an instance, and takes back the global `location` that the packages define meanwhile where
 * there is none, or an undefined one, as on Deno: other code takes it for the address of a page.
 */
async function keepingLocation<M>(make: () => Promise<M>): Promise<M> {
  const isPage = globalThis.location !== undefined;
  const known = Object.getOwnPropertyDescriptor(globalThis, "location");
  try {
    return await make();
  } finally {
    if (!isPage) {
      if (known === undefined) Reflect.deleteProperty(globalThis, "location");
      else Reflect.defineProperty(globalThis, "location", known);
    }
  }
}
