/**
 * Selects the backend for a model, and opens the model on it.
 * @module
 */

import { loadWasm, noWebGpu } from "#onnx-builds";
import { systemClock } from "../clock.ts";
import { messageOf } from "../error.ts";
import { BACKENDS, type BackendName, type OpenModel, type OpenRequest } from "./backend.ts";
import { native } from "./native.ts";
import { debug } from "./notices.ts";
import { selfTest } from "./self-test.ts";
import { wasm } from "./wasm.ts";
import { findAdapter, mayHaveHardware } from "./webgpu/adapter.ts";
import { openPreferred, type Places } from "./webgpu/prefer.ts";
import { webgpu } from "./webgpu/webgpu.ts";

/**
 * A backend by name, or `auto`: native if it is installed and works, WebGPU if it is faster than
 * WASM, or else WASM. `webgpu` is WASM too where the model cannot run on a GPU.
 */
export type BackendChoice = "auto" | BackendName;

const PLACES: Places = {
  webgpu,
  wasm,
  findAdapter: async (choice) => {
    if (noWebGpu !== undefined) return noWebGpu;
    if (choice === "webgpu" || (await mayHaveHardware())) return await findAdapter();
    return "there is no graphics hardware";
  },
  clock: systemClock,
};

/** Returns the choice of a name. @throws TypeError for an unknown one */
export function backendChoice(name: string): BackendChoice {
  const choices: readonly BackendChoice[] = ["auto", ...BACKENDS];
  const choice = choices.find((each) => each === name);
  if (choice !== undefined) return choice;
  throw new TypeError(`There is no backend "${name}": it must be one of ${choices.join(", ")}`);
}

/**
 * Opens a model on the backend of a choice.
 *
 * @throws Error with ONNX Runtime's message, if it cannot run the model
 */
export async function openOn(choice: BackendChoice, request: OpenRequest): Promise<OpenModel> {
  const { model, options } = request;
  switch (choice) {
    case "native":
      return { backend: "native", session: await native.open(model, options) };
    case "wasm":
      return { backend: "wasm", session: await wasm.open(model, options) };
    case "webgpu":
      return await openPreferred({ ...request, choice }, PLACES);
    case "auto":
      if (await nativeWorks()) return await openOn("native", request);
      // The execution providers that a caller names are those of the backend that he expects.
      if (options.sessionOptions?.executionProviders !== undefined) {
        return await openOn("wasm", request);
      }
      return await openPreferred({ ...request, choice }, PLACES);
  }
}

/** Loads the code of a backend, so that a session of this thread opens faster. */
export async function prepareBackend(name: string): Promise<void> {
  const choice = backendChoice(name);
  const mayBeNative = choice === "native" || choice === "auto";
  if (!mayBeNative || !(await nativeWorks())) await loadWasm();
}

let nativeTested: Promise<boolean> | undefined;

/** Tests the native library once in each thread. */
function nativeWorks(): Promise<boolean> {
  nativeTested ??= selfTest(native).then(
    () => true,
    (error: unknown) => {
      debug(`The native backend is not used: ${messageOf(error)}`);
      return false;
    },
  );
  return nativeTested;
}
