/**
 * keepWorker(): the global `Worker` stays as it is while ONNX Runtime starts.
 * @module
 */

let starts = 0;
let own: PropertyDescriptor | undefined;

/**
 * Starts ONNX Runtime in WebAssembly. On Bun, Deno and Node, it replaces the global `Worker` by
 * that of `node:worker_threads`, which only its own threads need; here it is put back.
 */
export async function keepWorker<T>(start: () => Promise<T>): Promise<T> {
  if (starts === 0) own = Object.getOwnPropertyDescriptor(globalThis, "Worker");
  starts += 1;
  try {
    return await start();
  } finally {
    starts -= 1;
    if (starts === 0) putBack();
  }
}

function putBack(): void {
  if (own === undefined) Reflect.deleteProperty(globalThis, "Worker");
  else Object.defineProperty(globalThis, "Worker", own);
}
