/**
 * Compares the speed of a model on a GPU with that in WASM.
 * @module
 */

import type { Clock } from "../../clock.ts";
import { messageOf } from "../../error.ts";
import { seededRandom } from "../../random.ts";
import type { BackendSession } from "../backend.ts";
import { fastestMs } from "../comparison/fastest.ts";
import { reasonOf } from "../run-error.ts";
import { type InputOptions, type Inputs, inputsOf } from "../trial/probes.ts";

/** The rows of the larger one of two batches, of a model that takes rows. */
const ROWS = 8;
/** A GPU that is hardly faster is not worth its memory. */
const GAIN = 1.2;

/**
 * Compares the fastest runs of one row and of eight.
 *
 * @param one inputs of one row
 * @returns the reason why the GPU is not to be used, which ends a sentence; `undefined` if it is
 */
export async function whyNotFaster(
  gpu: BackendSession,
  wasm: BackendSession,
  one: Inputs,
  settings: InputOptions,
  clock: Clock,
): Promise<string | undefined> {
  const batches = [one];
  if (Object.keys(settings.rowAxes).length > 0) {
    const pattern = { scales: new Array<number>(ROWS).fill(1) };
    batches.push(inputsOf(pattern, settings, seededRandom(1)));
  }
  try {
    let [gpuMs, wasmMs] = [0, 0];
    for (const inputs of batches) {
      gpuMs += await fastestMs(gpu, inputs, clock);
      wasmMs += await fastestMs(wasm, inputs, clock);
    }
    if (gpuMs * GAIN <= wasmMs) return undefined;
    return `it took ${gpuMs.toFixed(1)} ms for runs that take ${wasmMs.toFixed(1)} ms on wasm`;
  } catch (error) {
    return `its speed could not be measured: ${reasonOf(messageOf(error))}`;
  }
}
