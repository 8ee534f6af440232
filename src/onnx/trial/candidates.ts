/**
 * Candidates: the axes of a model's inputs that may hold rows.
 * @module
 */

import { slice, type Tensor, type TensorSpec } from "../../tensor.ts";
import { isOpen } from "../check.ts";
import { firstAxes } from "../shapes.ts";

/** The axis that holds the rows, by tensor. A tensor without rows is left out. */
export type TensorAxes = Readonly<Record<string, number>>;

/** The axes that hold the rows of a model's inputs and outputs. */
export interface RowAxes {
  readonly input: TensorAxes;
  readonly output: TensorAxes;
}

/** The most candidates that are tried: each costs time at the start. */
const MAX_CANDIDATES = 4;

/**
 * Returns the axes to try, in order: the first axis of each input where it is open; then axes that
 * share a name, such as `batch` in `[time, batch, features]`. Axes are no candidate if they leave
 * out an input whose first axis is open: that one has rows of its own.
 */
export function candidateAxes(inputs: readonly TensorSpec[]): readonly TensorAxes[] {
  const first = firstAxes(inputs);
  const names = new Set(inputs.flatMap(({ shape = [] }) => shape.filter(isOpen)));
  names.delete("");
  const byName = [...names].flatMap((name) => {
    const axes = axesOf(name, inputs);
    return axes === undefined ? [] : [axes];
  });
  const isComplete = (axes: TensorAxes): boolean =>
    Object.keys(first).every((name) => name in axes);
  const all = [first, ...byName.filter(isComplete)].filter((axes) => Object.keys(axes).length > 0);
  const keys = all.map((axes) => JSON.stringify(Object.entries(axes).sort()));
  return all.filter((_, at) => keys.indexOf(keys[at] ?? "") === at).slice(0, MAX_CANDIDATES);
}

/** Returns the axis with a name in each input; `undefined` if an input has it twice. */
function axesOf(name: string, inputs: readonly TensorSpec[]): TensorAxes | undefined {
  const found = inputs.map(({ name: input, shape = [] }) => ({
    input,
    at: shape.indexOf(name),
    last: shape.lastIndexOf(name),
  }));
  if (found.some(({ at, last }) => at !== last)) return undefined;
  return Object.fromEntries(found.filter(({ at }) => at >= 0).map(({ input, at }) => [input, at]));
}

/**
 * Returns the axes that a model's shapes suggest, without a trial: the first of each tensor, if it
 * is open; `undefined` if there is none.
 */
export function declaredAxes(
  inputs: readonly TensorSpec[],
  outputs: readonly TensorSpec[],
): RowAxes | undefined {
  const axes = { input: firstAxes(inputs), output: firstAxes(outputs) };
  return Object.keys(axes.input).length > 0 ? axes : undefined;
}

/** Returns the first row of a call. */
export function firstRow(
  inputs: Readonly<Record<string, Tensor>>,
  axes: TensorAxes,
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => {
      const axis = axes[name];
      return [name, axis === undefined ? tensor : slice(tensor, 0, 1, axis)];
    }),
  );
}
