/**
 * Selects the backend for a model.
 * @module
 */

import { messageOf } from "../error.ts";
import { BACKENDS, type Backend, type BackendName } from "./backend.ts";
import { native, selfTestNative } from "./native.ts";
import { debug } from "./notices.ts";
import { wasm } from "./wasm.ts";
import { webgpu } from "./webgpu.ts";

/** A backend by name, or `auto`: native if it is installed and works, or else WASM. */
export type BackendChoice = "auto" | BackendName;

const BY_NAME: Readonly<Record<BackendName, Backend>> = { native, wasm, webgpu };

/**
 * Returns the backend for a choice. `auto` never chooses WebGPU: to move the tensors of a small
 * model to a GPU and back can cost more than to run it.
 *
 * @throws TypeError for an unknown name
 */
export async function selectBackend(choice: string): Promise<Backend> {
  if (choice === "auto") return (await nativeWorks()) ? native : wasm;
  if (Object.hasOwn(BY_NAME, choice)) return BY_NAME[choice as BackendName];
  throw new TypeError(
    `There is no backend "${choice}": it must be one of auto, ${BACKENDS.join(", ")}`,
  );
}

let nativeTested: Promise<boolean> | undefined;

/** Tests the native library once in each thread. */
function nativeWorks(): Promise<boolean> {
  nativeTested ??= selfTestNative().then(
    () => true,
    (error: unknown) => {
      debug(`Using WASM: ${messageOf(error)}`);
      return false;
    },
  );
  return nativeTested;
}
