/**
 * keepWorker(): the global `Worker` stays as it is while ONNX Runtime starts.
 * @module
 */

import { GlobalPatch } from "./global-patch.ts";

const patch = new GlobalPatch(() => {
  const own = Object.getOwnPropertyDescriptor(globalThis, "Worker");
  return () => {
    if (own === undefined) Reflect.deleteProperty(globalThis, "Worker");
    else Object.defineProperty(globalThis, "Worker", own);
  };
});

/**
 * Starts ONNX Runtime in WebAssembly. On Bun, Deno and Node, it replaces the global `Worker` by
 * that of `node:worker_threads`, which only its own threads need; here it is put back.
 */
export function keepWorker<T>(start: () => Promise<T>): Promise<T> {
  return patch.during(start);
}
