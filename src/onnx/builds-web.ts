/**
 * The builds of ONNX Runtime for browsers; see `builds-server.ts`.
 * @module
 */

import type { BackendName } from "./backend.ts";

/** Loads ONNX Runtime in WebAssembly: the entry without WebGL, which is a fifth of the size. */
export function loadWasm(): Promise<typeof import("onnxruntime-web/wasm")> {
  return import("onnxruntime-web/wasm");
}

/** Returns undefined: a bundler decides where the file is; see `fetched-wasm.ts`. */
export function wasmFile(): URL | undefined {
  return undefined;
}

/** The reason why no model can run on WebGPU, if there is one. */
export const noWebGpu: string | undefined =
  "Suspending" in WebAssembly
    ? undefined
    : "this browser cannot suspend WebAssembly (JSPI), as ONNX Runtime on WebGPU does";

/**
 * Loads ONNX Runtime with WebGPU: the build for JSPI. The other one has 27 MB of code instead of
 * 17, which is more than some hosts of static files allow.
 */
export function loadWebGpu(): Promise<typeof import("onnxruntime-web/jspi")> {
  return import("onnxruntime-web/jspi");
}

/** @throws Error always: native libraries need Bun, Deno or Node */
export async function loadNative(): Promise<never> {
  throw new Error("native libraries need Bun, Deno or Node");
}

/** Not compiled yet: see `wasmFile()`. */
export const wasmModule: WebAssembly.Module | undefined = undefined;

/** Returns no backends: where this build runs, models are not tried before they are loaded. */
export function otherBackends(_triesWebGpu: boolean): readonly BackendName[] {
  return [];
}
