/**
 * copyBlock(): copies a part of a tensor, bounded along every axis, into another tensor.
 * @module
 */

import { elements, sizeOf, type Tensor } from "../../tensor.ts";

/** A position in a tensor, one index an axis. */
export type Corner = readonly number[];

/**
 * Copies a block of elements between tensors of one dtype and rank.
 *
 * @param from the first element in the source
 * @param to the first element in the target
 * @param shape the length of the block along each axis; it must lie within both tensors
 */
export function copyBlock(
  source: Tensor,
  from: Corner,
  target: Tensor,
  to: Corner,
  shape: readonly number[],
): void {
  if (sizeOf(shape) === 0) return;
  // The axes from `inner` on are consecutive in both, so they are copied at once.
  let inner = shape.length - 1;
  while (inner > 0 && isWhole(source, shape, inner) && isWhole(target, shape, inner)) inner -= 1;
  const run = sizeOf(shape.slice(Math.max(inner, 0)));
  const runs = sizeOf(shape.slice(0, Math.max(inner, 0)));
  const sourceSteps = stepsOf(source.shape);
  const targetSteps = stepsOf(target.shape);
  const sourceBegin = offsetOf(from, sourceSteps);
  const targetBegin = offsetOf(to, targetSteps);
  for (let at = 0; at < runs; at++) {
    let rest = at;
    let read = sourceBegin;
    let write = targetBegin;
    for (let axis = inner - 1; axis >= 0; axis--) {
      const length = shape[axis] as number;
      const index = rest % length;
      rest = (rest - index) / length;
      read += index * (sourceSteps[axis] as number);
      write += index * (targetSteps[axis] as number);
    }
    copyRun(source, read, target, write, run);
  }
}

function isWhole(tensor: Tensor, shape: readonly number[], axis: number): boolean {
  return tensor.shape[axis] === shape[axis];
}

/** Returns the distance in elements between neighbours along each axis. */
function stepsOf(shape: readonly number[]): number[] {
  const steps = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    steps[axis] = step;
    step *= shape[axis] as number;
  }
  return steps;
}

function offsetOf(corner: Corner, steps: readonly number[]): number {
  return corner.reduce((sum, index, axis) => sum + index * (steps[axis] as number), 0);
}

/** Copies consecutive elements between tensors of one dtype. */
export function copyRun(
  source: Tensor,
  read: number,
  target: Tensor,
  write: number,
  run: number,
): void {
  if (Array.isArray(target.data)) {
    const from = source.data as readonly string[];
    for (let at = 0; at < run; at++) target.data[write + at] = from[read + at] as string;
  } else {
    // Both are of one dtype, so of one array type.
    const part = elements(source.data, read, read + run) as Uint8Array;
    (target.data as Uint8Array).set(part, write);
  }
}
