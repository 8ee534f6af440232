/**
 * Warm-up: the first runs on WASM take 4 to 20 times as long, since its code is not optimised yet,
 * and a GPU compiles its shaders at the first run, some of them again for each number of rows. A
 * worker is ready after that.
 * @module
 */

import { allocate, sizeOf, type Tensor, type TensorSpec } from "../tensor.ts";
import type { BackendSession } from "./backend.ts";
import { firstAxes, plausibleShapes, type Shapes } from "./shapes.ts";

/** The bounds of a warm-up, which ends at the first that is reached. */
const MAX_RUNS = 30;
const MAX_MS = 500;

/** The bounds of a warm-up with several numbers of rows. */
const ROWS: readonly number[] = [2, 4, 8, 16, 32];
const ROWS_MAX_MS = 5_000;
/** The first run of a number of rows compiles something if it takes so much longer than another. */
const COMPILES = { times: 2, ms: 10 };

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
 *
 * @param onGpu also runs it with more rows, as long as the first run with so many takes longer
 */
export async function warmUp(
  session: BackendSession,
  onGpu = false,
  now: () => number = () => performance.now(),
): Promise<WarmUp> {
  const outputs = session.outputs.map(({ name }) => name);
  const end = now() + MAX_MS;
  let failure: unknown;
  for (const shapes of plausibleShapes(session.inputs, firstAxes(session.inputs), 1)) {
    try {
      const inputs = zeros(session.inputs, shapes);
      for (let run = 0; run < MAX_RUNS && (run === 0 || now() < end); run++) {
        await session.run(inputs, outputs);
      }
      // A model that does not take more rows has been warmed up all the same.
      if (onGpu) await warmUpRows(session, shapes, now).catch(() => {});
      return { zeros: inputs, failure };
    } catch (error) {
      failure ??= error;
      if (now() > end) break;
    }
  }
  return { zeros: undefined, failure };
}

/** Runs the model with more and more rows, until that compiles nothing twice in a row. */
async function warmUpRows(session: BackendSession, one: Shapes, now: () => number): Promise<void> {
  const axes = firstAxes(session.inputs);
  if (Object.keys(axes).length === 0) return;
  const outputs = session.outputs.map(({ name }) => name);
  const end = now() + ROWS_MAX_MS;
  let cheap = 0;
  for (const rows of ROWS) {
    const shapes = Object.fromEntries(
      Object.entries(one).map(([name, shape]) => [
        name,
        name in axes ? shape.with(0, rows) : shape,
      ]),
    );
    const inputs = zeros(session.inputs, shapes);
    const timed = async (): Promise<number> => {
      const startedAt = now();
      await session.run(inputs, outputs);
      return now() - startedAt;
    };
    const [first, second] = [await timed(), await timed()];
    const compiles = first > second * COMPILES.times && first > second + COMPILES.ms;
    cheap = compiles ? 0 : cheap + 1;
    if (cheap === 2 || now() > end) return;
  }
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
