/**
 * The builds of ONNX Runtime that Bun, Deno and Node can load.
 *
 * `#onnx-builds` in package.json chooses by the runtime's conditions: this file,
 * `builds-web.ts` in a browser, or `builds-workerd.ts` in workerd.
 * @module
 */

import type { BackendName } from "./backend.ts";

/** Loads ONNX Runtime in WebAssembly: the package's root entry, which workers of all three load. */
export function loadWasm(): Promise<typeof import("onnxruntime-web")> {
  return import("onnxruntime-web");
}

/** Returns the URL of the file that `loadWasm()` compiles. */
export function wasmFile(): URL {
  return new URL("ort-wasm-simd-threaded.wasm", import.meta.resolve("onnxruntime-web"));
}

/** The reason why no model can run on WebGPU, if there is one. */
export const noWebGpu: string | undefined = undefined;

/**
 * Loads ONNX Runtime with WebGPU: where WebAssembly can suspend (JSPI), the build for that, whose
 * code has 17 MB instead of 27 and runs twice as fast.
 */
export function loadWebGpu(): Promise<typeof import("onnxruntime-web/webgpu")> {
  return "Suspending" in WebAssembly
    ? import("onnxruntime-web/jspi")
    : import("onnxruntime-web/webgpu");
}

/** The package of the native library. Not a literal in the import: compilers would require it. */
const NATIVE: string = "onnxruntime-node";

/**
 * Loads ONNX Runtime as a native library. Its types are those of the other build, so that users
 * need not have it.
 *
 * @throws Error if it is not installed
 */
export function loadNative(): Promise<typeof import("onnxruntime-web")> {
  return import(NATIVE);
}

/** Returns true if the native library is installed, though it may not work. */
export function isNativeInstalled(): boolean {
  try {
    return import.meta.resolve(NATIVE) !== "";
  } catch {
    return false;
  }
}

/** Returns the backends beside WASM that a trial may compare with it. */
export function otherBackends(triesWebGpu: boolean): readonly BackendName[] {
  return [
    ...(isNativeInstalled() ? (["native"] as const) : []),
    ...(triesWebGpu ? (["webgpu"] as const) : []),
  ];
}

/** Not compiled yet: see `wasmFile()`. */
export const wasmModule: WebAssembly.Module | undefined = undefined;
