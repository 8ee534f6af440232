/**
 * Joins parts of calls whose tensors are of unlike length, and cuts their answers back.
 * @module
 */

import { allocate, formatShape, isTensor, sizeOf, slice, type Tensor } from "../../tensor.ts";
import { copyBlock } from "./block.ts";
import type { Part } from "./join.ts";
import type { Lengths, OpenAxis, Padding } from "./padding.ts";
import { axisOf, isRecord, type RowAxis } from "./rows.ts";
import { copyOf, viewRows } from "./slices.ts";

/** Returns the lengths to which parts are padded; `undefined` if all of them have these. */
export function lengthsToPad(parts: readonly Part[], padding: Padding): Lengths | undefined {
  const own = parts.map(({ input }) => padding.lengthsOf(input));
  const joint = padding.joint(own);
  const isUnlike = own.some((lengths) => lengths.some((length, at) => length !== joint[at]));
  return isUnlike ? joint : undefined;
}

/**
 * Joins parts of one key into new tensors of the given lengths.
 *
 * @param fresh receives them
 */
export function joinPadded(
  parts: readonly Part[],
  axis: RowAxis,
  padding: Padding,
  lengths: Lengths,
  fresh: Set<unknown>,
): unknown {
  const join = (name: string, tensorOf: (input: unknown) => Tensor): Tensor => {
    const first = tensorOf(parts[0]?.input);
    const own = rowsAxis(axis, name);
    if (own === undefined) return first; // of one key, so equal in all
    const total = parts.reduce((sum, { rows }) => sum + rows, 0);
    const shape = first.shape.with(own, total);
    for (const open of padding.input.get(name)?.axes ?? []) {
      shape[open.axis] = lengths[open.at] as number;
    }
    const joined = filled(first.dtype, shape, padding.elementFor(name, first.dtype));
    const origin = shape.map(() => 0);
    let row = 0;
    for (const { input, begin, rows } of parts) {
      const tensor = tensorOf(input);
      const block = tensor.shape.with(own, rows);
      copyBlock(tensor, origin.with(own, begin), joined, origin.with(own, row), block);
      row += rows;
    }
    fresh.add(joined);
    return joined;
  };
  const input = parts[0]?.input as Tensor | Readonly<Record<string, Tensor>>;
  if (isTensor(input)) return join("", (each) => each as Tensor);
  const tensors = Object.keys(input).map((name) => {
    return [name, join(name, (each) => (each as Record<string, Tensor>)[name] as Tensor)] as const;
  });
  return Object.fromEntries(tensors);
}

/**
 * Cuts the answer of a padded batch into those of its parts, each as long as its call. The answer
 * to a whole call is a copy, that to some rows of a call may be a view.
 *
 * @throws TypeError for an answer that is not as long as the padded axes
 */
export function cutUnpadded(
  value: unknown,
  parts: readonly (Pick<Part, "rows" | "isWhole"> & { readonly input?: unknown })[],
  axis: RowAxis,
  padding: Padding,
): unknown[] {
  const own = parts.map(({ input }) => padding.lengthsOf(input));
  const joint = padding.joint(own);
  const tensors = tensorsOf(value);
  for (const [name, axes] of padding.output) checkLengths(name, tensors.get(name), axes, joint);
  const isAlone = parts.length === 1;
  let begin = 0;
  return parts.map(({ rows, isWhole }, at) => {
    const from = begin;
    begin += rows;
    const cut = (name: string, tensor: Tensor): Tensor => {
      const axisOfRows = rowsAxis(axis, name);
      if (axisOfRows === undefined) return isAlone ? tensor : copyOf(tensor);
      // Alone, any number of rows belongs to the call.
      const shape = isAlone ? [...tensor.shape] : tensor.shape.with(axisOfRows, rows);
      for (const open of padding.output.get(name) ?? []) {
        shape[open.axis] = own[at]?.[open.at] as number;
      }
      return cutBlock(tensor, axisOfRows, from, shape, !isWhole);
    };
    if (isTensor(value)) return cut("", value);
    return Object.fromEntries([...tensors].map(([name, tensor]) => [name, cut(name, tensor)]));
  });
}

/** Returns a block that begins at a row: the tensor if it is all of it. */
function cutBlock(
  tensor: Tensor,
  axis: number,
  begin: number,
  shape: readonly number[],
  mayBeView: boolean,
): Tensor {
  const isSameBut = shape.every((length, at) => at === axis || length === tensor.shape[at]);
  const count = shape[axis] as number;
  if (isSameBut) {
    if (count === tensor.shape[axis]) return tensor;
    const view = mayBeView ? viewRows(tensor, begin, count, axis) : undefined;
    return view ?? slice(tensor, begin, count, axis);
  }
  const origin = shape.map(() => 0);
  const block = filled(tensor.dtype, shape, undefined);
  copyBlock(tensor, origin.with(axis, begin), block, origin, shape);
  return block;
}

function checkLengths(
  name: string,
  tensor: Tensor | undefined,
  axes: readonly OpenAxis[],
  joint: Lengths,
): void {
  const what = name === "" ? "The result" : `"${name}" of the result`;
  if (tensor === undefined) {
    throw new TypeError(`${what} is to be cut back by "unpad", but is no tensor`);
  }
  const wrong = axes.find(({ axis, at }) => tensor.shape[axis] !== joint[at]);
  if (wrong === undefined) return;
  throw new TypeError(
    `${what} is cut back along axis ${wrong.axis} by "unpad", so it must have the length of the ` +
      `padded argument there, ${joint[wrong.at]}, but its shape is ${formatShape(tensor.shape)}`,
  );
}

/** Returns the tensors of a value by their names; `""` names a value that is one. */
function tensorsOf(value: unknown): ReadonlyMap<string, Tensor> {
  if (isTensor(value)) return new Map([["", value]]);
  return new Map(Array.isArray(value) || !isRecord(value) ? [] : Object.entries(value));
}

/** Returns the axis of the rows; `undefined` for a tensor that carries none. */
function rowsAxis(axis: RowAxis, name: string): number | undefined {
  return name === "" ? (axisOf(axis, "") ?? 0) : axisOf(axis, name);
}

function filled(dtype: Tensor["dtype"], shape: readonly number[], element: unknown): Tensor {
  const data = allocate(dtype, sizeOf(shape));
  // Elements are made as zeros or empty texts.
  const isMade = element === undefined || element === 0n || element === "" || Object.is(element, 0);
  if (!isMade) (data as unknown[]).fill(element);
  return { dtype, shape, data };
}
