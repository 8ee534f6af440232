/**
 * The rows of outputs: the axis that holds them, and the part of each call.
 * @module
 */

import { split, type Tensor } from "../../tensor.ts";
import type { TensorAxes } from "./candidates.ts";
import { isSame } from "./compare.ts";
import type { Probe } from "./probes.ts";

/**
 * Finds the axis of each output that has the length of each call's rows. An output without such an
 * axis must be the same for every call.
 *
 * @returns the axes, or a text that says why there are none
 */
export function outputAxes(
  probes: readonly Probe[],
  answers: readonly Readonly<Record<string, Tensor>>[],
): TensorAxes | string {
  const axes: Record<string, number> = {};
  for (const [name, first] of Object.entries(answers[0] ?? {})) {
    const all = answers.map((answer) => answer[name] ?? first);
    const axis = first.shape.findIndex((_, at) =>
      all.every(({ shape }, nth) => shape[at] === probes[nth]?.rows),
    );
    if (axis >= 0) {
      axes[name] = axis;
      continue;
    }
    if (all.every((each) => isSame(first, each, undefined))) continue;
    return `its output "${name}" has other rows than its inputs`;
  }
  if (Object.keys(axes).length > 0) return axes;
  return "none of its outputs has the rows of its inputs";
}

/** Returns the part of each call; `undefined` if the rows do not add up. */
export function partsOf(
  result: Tensor,
  counts: readonly number[],
  axis: number | undefined,
): readonly Tensor[] | undefined {
  if (axis === undefined) return counts.map(() => result);
  const rows = counts.reduce((sum, count) => sum + count, 0);
  return result.shape[axis] === rows ? split(result, counts, axis) : undefined;
}
