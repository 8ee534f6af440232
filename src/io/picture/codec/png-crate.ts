/**
 * The Rust `png` crate as `@jsquash/png` compiles it, called without the package's own JavaScript.
 * That keeps one instance for ever, but a file that the crate refuses leaves its instance with
 * memory and stack that nobody gives back: after some 700 of them it decodes nothing any more.
 * It also wants a global `ImageData`, which Bun and Node do not have.
 * @module
 */

import { lengthOf, writeBytes } from "../../../bytes.ts";
import type { Picture } from "../picture.ts";
import type { Instance } from "./wasm.ts";

/** The crate's one function that is used. */
export interface PngCrate extends Instance {
  /** The parts of a file as RGBA of 8 bits, whatever it has; checksums are not looked at. */
  decode(file: readonly Uint8Array[]): Picture;
}

/** The exports by wasm-bindgen that are used; sizes and addresses are in bytes. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  decode(address: number, length: number): number;
  __wbindgen_malloc(length: number, alignment: number): number;
  __wbindgen_free(address: number, length: number, alignment: number): void;
}

/** An instance of the crate; without code it is the package that finds it, as in a browser. */
export async function makePngCrate(given: WebAssembly.Module | undefined): Promise<PngCrate> {
  const code = given ?? (await codeOfPackage());
  let picture: Picture | undefined;
  const functions: Readonly<Record<string, (...args: readonly number[]) => unknown>> = {
    __wbindgen_throw() {
      throw new Error("unwrap_throw");
    },
    // What the package makes an ImageData with; the pixels are handed over, to be freed here.
    __wbg_newwithownedu8clampedarrayandsh(address = 0, length = 0, width = 0, height = 0) {
      const data = new Uint8Array(exports.memory.buffer, address >>> 0, length).slice();
      exports.__wbindgen_free(address, length, 1);
      picture = { width, height, channels: 4, data };
      return 0;
    },
    __wbindgen_object_drop_ref: () => undefined,
  };
  // wasm-bindgen ends names in a hash. What is not in `functions` is for pictures of 16 bits.
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
        // The crate gives no reason: it throws one text for all, or traps.
        throw new Error("its pixel data is broken or ends early", { cause });
      }
      if (picture === undefined) throw new Error("the decoder gave no picture");
      const done = picture;
      picture = undefined;
      return done;
    },
  };
}

/** The package's own loading, which a bundler has given the right address. */
async function codeOfPackage(): Promise<WebAssembly.Module> {
  const { default: load } = await import("@jsquash/png/codec/pkg/squoosh_png.js");
  await load();
  return (load as unknown as { readonly __wbindgen_wasm_module: WebAssembly.Module })
    .__wbindgen_wasm_module;
}
