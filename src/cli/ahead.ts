/**
 * Starts what the worker of a service needs, while the main thread loads the server's modules and
 * those of the service. What turns out not to be needed is only lost time.
 * @module
 */

import { readFileSync } from "node:fs";
import { executable, moduleBeside } from "../executable.ts";
import { startSpareThread } from "../executor/threads/threads.ts";
import { isNativeInstalled, wasmFile } from "../onnx/builds-server.ts";
import type { ServeOptions } from "../runtime/serve-options.ts";
import { compileAhead } from "../worker/compiled-modules.ts";
import { findTarget, MODEL } from "./target-file.ts";
import { sourcesOf } from "./target-sources.ts";
import { mayBeStored } from "./target-store.ts";

/**
 * Starts a thread for a worker, and if the target has a model, loads ONNX Runtime in it.
 *
 * @returns an object that ends the thread, if no worker has taken it
 */
export async function startAhead(
  target: string | undefined,
  { isolation = "threads", backend = "auto" }: Pick<ServeOptions, "isolation" | "backend">,
): Promise<Disposable> {
  // The code of an executable is in one file, which a thread loads whole.
  if (isolation !== "threads" || executable() !== undefined) return { [Symbol.dispose]() {} };
  if (!(await hasModel(target))) return startSpareThread();
  const isNative = backend === "native" || (backend === "auto" && isNativeInstalled());
  if (!isNative) compileWasm();
  return startSpareThread({ module: moduleBeside(import.meta.url, "prepare").href, backend });
}

/** Begins to compile ONNX Runtime. */
function compileWasm(): void {
  const file = wasmFile();
  try {
    // Not by a promise: on Node, the loading of modules would come before it.
    compileAhead(file.href, readFileSync(file));
  } catch {
    // The session that needs it reports why it cannot be read.
  }
}

/** Returns true for a model, and for a service whose sources import `ekiben/onnx`. */
async function hasModel(target: string | undefined): Promise<boolean> {
  if (mayBeStored(target)) return true;
  try {
    const { path, isFolder } = await findTarget(target);
    if (isFolder || MODEL.test(path)) return true;
    for await (const text of sourcesOf(path)) if (/\bekiben\/onnx["']/.test(text)) return true;
  } catch {
    // The command reports what is wrong with its target.
  }
  return false;
}
