/**
 * The Rust `png` crate as compiled by `@jsquash/png`, called without the package's own JavaScript.
 * That keeps one instance for ever, but a refused file leaks memory and stack in its instance:
 * after some 700 of them it can decode no more. It also needs a global `ImageData`, which Bun and
 * Node do not have.
 * @module
 */

import { lengthOf, writeBytes } from "../../../bytes.ts";
import type { Picture } from "../picture.ts";
import type { PngFile } from "./png-file.ts";
import type { Instance } from "./wasm.ts";

/** The only function of the crate that is used. */
export interface PngCrate extends Instance {
  /** Decodes the parts of a file to RGBA of 8 bits; checksums are ignored. */
  decode(file: PngFile): Picture;
}

/** The exports of wasm-bindgen that are used; sizes and addresses are in bytes. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  decode(address: number, length: number): number;
  __wbindgen_malloc(length: number, alignment: number): number;
  __wbindgen_free(address: number, length: number, alignment: number): void;
}

/** Makes an instance of the crate; without code, the package finds it, as in a browser. */
export async function makePngCrate(given: WebAssembly.Module | undefined): Promise<PngCrate> {
  const code = given ?? (await codeOfPackage());
  let picture: Picture | undefined;
  const functions: Readonly<Record<string, (...args: readonly number[]) => unknown>> = {
    __wbindgen_throw() {
      throw new Error("unwrap_throw");
    },
    // Makes the package's ImageData. It takes over the pixels, so they are freed here.
    __wbg_newwithownedu8clampedarrayandsh(address = 0, length = 0, width = 0, height = 0) {
      const data = new Uint8Array(exports.memory.buffer, address >>> 0, length).slice();
      exports.__wbindgen_free(address, length, 1);
      picture = { width, height, channels: 4, data };
      return 0;
    },
    __wbindgen_object_drop_ref: () => undefined,
  };
  // wasm-bindgen's names end in a hash. Imports that are not in `functions` are for 16 bits.
  const wbg = WebAssembly.Module.imports(code).map(({ name }) => [
    name,
    functions[name.replace(/_[0-9a-f]{16}$/, "")] ?? (() => undefined),
  ]);
  const instance = new WebAssembly.Instance(code, { wbg: Object.fromEntries(wbg) });
  const exports = instance.exports as unknown as Exports;
  return {
    get HEAPU8() {
      return new Uint8Array(exports.memory.buffer);
    },
    decode(file) {
      const length = lengthOf(file);
      const address = exports.__wbindgen_malloc(length, 1);
      writeBytes(file, new Uint8Array(exports.memory.buffer, address >>> 0, length));
      try {
        exports.decode(address, length);
      } catch (cause) {
        // The crate gives no reason: it throws the same text for all errors, or traps.
        throw new Error("its pixel data is broken or ends early", { cause });
      }
      if (picture === undefined) throw new Error("the decoder gave no picture");
      const done = picture;
      picture = undefined;
      return done;
    },
  };
}

/** Loads the code by the package, whose address a bundler has rewritten. */
async function codeOfPackage(): Promise<WebAssembly.Module> {
  const { default: load } = await import("@jsquash/png/codec/pkg/squoosh_png.js");
  await load();
  return (load as unknown as { readonly __wbindgen_wasm_module: WebAssembly.Module })
    .__wbindgen_wasm_module;
}
