/**
 * Warm-up: the first runs on WASM take 4 to 20 times as long, since its code is not optimised yet,
 * and a GPU compiles its shaders at the first run. A worker is ready after that.
 * @module
 */

import { allocate, sizeOf, type Tensor, type TensorSpec } from "../tensor.ts";
import type { BackendSession } from "./backend.ts";
import { firstAxes, plausibleShapes, type Shapes } from "./shapes.ts";

/** The bounds of a warm-up, which ends at the first that is reached. */
const MAX_RUNS = 30;
const MAX_MS = 500;

/** The result of a warm-up. */
export interface WarmUp {
  /** The inputs that the model ran with, if it ran. */
  readonly zeros: Readonly<Record<string, Tensor>> | undefined;
  /** The error of the first run that failed. */
  readonly failure: unknown;
}

/**
 * Runs the model on zeros, one row each. Other axes that are open get lengths that models often
 * have, until the model takes one.
 */
export async function warmUp(session: BackendSession): Promise<WarmUp> {
  const outputs = session.outputs.map(({ name }) => name);
  const end = performance.now() + MAX_MS;
  let failure: unknown;
  for (const shapes of plausibleShapes(session.inputs, firstAxes(session.inputs), 1)) {
    try {
      const inputs = zeros(session.inputs, shapes);
      for (let run = 0; run < MAX_RUNS && (run === 0 || performance.now() < end); run++) {
        await session.run(inputs, outputs);
      }
      return { zeros: inputs, failure };
    } catch (error) {
      failure ??= error;
      if (performance.now() > end) break;
    }
  }
  return { zeros: undefined, failure };
}

function zeros(inputs: readonly TensorSpec[], shapes: Shapes): Record<string, Tensor> {
  return Object.fromEntries(
    inputs.map(({ name, dtype }) => {
      if (dtype === undefined) throw new TypeError(`Input "${name}" is of an unsupported type`);
      const shape = shapes[name] ?? [];
      return [name, { dtype, shape, data: allocate(dtype, sizeOf(shape)) }];
    }),
  );
}
