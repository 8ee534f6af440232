/**
 * The build of ONNX Runtime for workerd; see `builds-server.ts`.
 * @module
 */

import module from "onnxruntime-web/ort-wasm-simd-threaded.wasm";

export { loadNative, loadWasm, otherBackends, wasmFile } from "./builds-web.ts";

/** The code of ONNX Runtime, which is part of the bundle: workerd compiles no bytes. */
export const wasmModule: WebAssembly.Module | undefined = module;

/** The reason why no model can run on WebGPU. */
export const noWebGpu: string | undefined = "workerd has no GPU";

/** @throws Error always: workers have no GPU */
export async function loadWebGpu(): Promise<never> {
  throw new Error(noWebGpu);
}
