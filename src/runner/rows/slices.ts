/**
 * Consecutive rows of a value, as views or as copies.
 * @module
 */

import { elements, isTensor, sizeOf, slice, type Tensor } from "../../tensor.ts";
import { axisOf, type RowAxis } from "./rows.ts";

/** Returns some rows of a value as a copy; the value itself if it has no others. */
export function copyRows(value: unknown, begin: number, count: number, axis: RowAxis): unknown {
  return mapTensors(value, begin, count, axis, slice);
}

/**
 * Returns some rows of a value: as a view if they are consecutive in memory, or else as a copy.
 *
 * @param fresh receives the copies
 */
export function sliceRows(
  value: unknown,
  begin: number,
  count: number,
  axis: RowAxis,
  fresh: Set<unknown> = new Set(),
): unknown {
  return mapTensors(value, begin, count, axis, (tensor, from, rows, own) => {
    const view = viewRows(tensor, from, rows, own);
    if (view !== undefined) return view;
    const copy = slice(tensor, from, rows, own);
    fresh.add(copy);
    return copy;
  });
}

/** Returns some rows of a tensor as a view; `undefined` if they are not consecutive in memory. */
export function viewRows(
  { dtype, shape, data }: Tensor,
  begin: number,
  count: number,
  axis: number,
): Tensor | undefined {
  if (sizeOf(shape.slice(0, axis)) !== 1) return undefined;
  const run = sizeOf(shape.slice(axis + 1));
  const part = elements(data, begin * run, (begin + count) * run);
  return { dtype, shape: shape.with(axis, count), data: part };
}

type Slice = (tensor: Tensor, begin: number, count: number, axis: number) => Tensor;

/** Slices each tensor that carries rows, unless it is wanted whole, and copies any other one. */
function mapTensors(
  value: unknown,
  begin: number,
  count: number,
  axis: RowAxis,
  sliceOf: Slice,
): unknown {
  const part = (tensor: Tensor, own: number): Tensor =>
    count === tensor.shape[own] ? tensor : sliceOf(tensor, begin, count, own);
  if (Array.isArray(value)) {
    return count === value.length ? value : value.slice(begin, begin + count);
  }
  if (isTensor(value)) return part(value, axisOf(axis, "") ?? 0);
  return Object.fromEntries(
    Object.entries(value as Readonly<Record<string, Tensor>>).map(([name, tensor]) => {
      const own = axisOf(axis, name);
      return [name, own === undefined ? copyOf(tensor) : part(tensor, own)];
    }),
  );
}

/** Returns a copy of a tensor. */
export function copyOf(tensor: Tensor): Tensor {
  return { ...tensor, data: tensor.data.slice() as Tensor["data"] };
}
