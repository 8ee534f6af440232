/**
 * Rows of a value: consecutive ones as views or as copies, others as copies.
 * @module
 */

import { allocate, elements, isTensor, sizeOf, slice, type Tensor } from "../../tensor.ts";
import { copyRun } from "./block.ts";
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

/**
 * Returns the rows at the given places of a value, in that order. Tensors of rows are copied; one
 * without rows is returned as it is.
 */
export function takeRows(value: unknown, places: Uint32Array, axis: RowAxis): unknown {
  if (Array.isArray(value)) return Array.from(places, (place) => value[place]);
  if (isTensor(value)) return gather(value, places, axisOf(axis, "") ?? 0);
  return Object.fromEntries(
    Object.entries(value as Readonly<Record<string, Tensor>>).map(([name, tensor]) => {
      const own = axisOf(axis, name);
      return [name, own === undefined ? tensor : gather(tensor, places, own)];
    }),
  );
}

function gather(tensor: Tensor, places: Uint32Array, axis: number): Tensor {
  const shape = tensor.shape.with(axis, places.length);
  const data = allocate(tensor.dtype, sizeOf(shape));
  const gathered = { dtype: tensor.dtype, shape, data };
  const outer = sizeOf(shape.slice(0, axis));
  const run = sizeOf(shape.slice(axis + 1));
  const length = tensor.shape[axis] ?? 0;
  let write = 0;
  for (let at = 0; at < outer; at++) {
    for (const place of places) {
      copyRun(tensor, (at * length + place) * run, gathered, write, run);
      write += run;
    }
  }
  return gathered;
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
