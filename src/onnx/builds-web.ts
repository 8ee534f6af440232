/**
 * The builds of ONNX Runtime for browsers; see `builds-server.ts`.
 * @module
 */

/** Loads ONNX Runtime in WebAssembly: the entry without WebGL, which is a fifth of the size. */
export function loadWasm(): Promise<typeof import("onnxruntime-web/wasm")> {
  return import("onnxruntime-web/wasm");
}

/** Returns undefined: a bundler decides where the file is; see `fetched-wasm.ts`. */
export function wasmFile(): URL | undefined {
  return undefined;
}

/**
 * Loads ONNX Runtime with WebGPU: where WebAssembly can suspend (JSPI), the build for that, whose
 * code has 17 MB instead of 27 and runs twice as fast.
 */
export function loadWebGpu(): Promise<typeof import("onnxruntime-web/webgpu")> {
  return "Suspending" in WebAssembly
    ? import("onnxruntime-web/jspi")
    : import("onnxruntime-web/webgpu");
}

/** @throws Error always: native libraries need Bun, Deno or Node */
export async function loadNative(): Promise<never> {
  throw new Error("native libraries need Bun, Deno or Node");
}

/** Not compiled yet: see `wasmFile()`. */
export const wasmModule: WebAssembly.Module | undefined = undefined;
