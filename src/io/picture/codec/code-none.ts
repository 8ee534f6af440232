/**
 * The code of the codecs, on hosts that load it from the files of their packages.
 *
 * `#picture-code` in package.json chooses by the runtime's conditions: this file, or
 * `code-workerd.ts` in workerd.
 * @module
 */

import type { WasmCodec } from "./wasm.ts";

/** None: it is loaded when it is needed. */
export const code: Readonly<Partial<Record<WasmCodec, WebAssembly.Module>>> = {};
