/**
 * Warm-up: WASM starts in a baseline compiler and runs 4 to 20 times slower for its first runs,
 * and a GPU compiles its shaders at the first one. Readiness waits for that.
 * @module
 */

import { messageOf } from "../error.ts";
import { log } from "../log.ts";
import { allocate, sizeOf, type Tensor } from "../tensor.ts";
import type { BackendSession, TensorSpec } from "./backend.ts";
import { isOpen } from "./check.ts";

/** Warm-up ends at whichever comes first. */
const MAX_RUNS = 30;
const MAX_MS = 500;

/**
 * Runs the model on zeros, with every open axis 1 long. A model that does not take such an input
 * is left cold: only its own code knows what it takes.
 *
 * @returns whether it took them
 */
export async function warmUp(session: BackendSession): Promise<boolean> {
  const outputs = session.outputs.map(({ name }) => name);
  const end = performance.now() + MAX_MS;
  try {
    for (let run = 0; run < MAX_RUNS && performance.now() < end; run++) {
      await session.run(zeros(session.inputs), outputs);
    }
    return true;
  } catch (error) {
    log.debug("The model was not warmed up: {reason}", { reason: messageOf(error) });
    return false;
  }
}

/** Inputs of zeros, every open axis 1 long. */
export function zeros(inputs: readonly TensorSpec[]): Record<string, Tensor> {
  return Object.fromEntries(inputs.map(zerosFor));
}

function zerosFor(spec: TensorSpec): [string, Tensor] {
  const { name, dtype } = spec;
  if (dtype === undefined) throw new TypeError(`input "${name}" is not a tensor`);
  const shape = spec.shape.map((axis) => (isOpen(axis) ? 1 : (axis as number)));
  return [name, { dtype, shape, data: allocate(dtype, sizeOf(shape)) }];
}
