/**
 * Reshape: another shape for callers than the model has, as Triton's `reshape` says it.
 * @module
 */

import type { NamedTensors } from "../service/models.ts";
import { sizeOf, type TensorSpec } from "../tensor.ts";

/** The lengths of the axes of a tensor; -1 for an open one. */
type Pattern = readonly number[];

/** The two shapes of a tensor, with the same elements and as many open axes. */
export interface Reshape {
  /** The shape for callers. */
  readonly outer: Pattern;
  /** The shape of the model. */
  readonly inner: Pattern;
}

/** Reshapes by the names of inputs and outputs. */
export type Reshapes = Readonly<Record<string, Reshape>>;

/**
 * Makes a reshape.
 *
 * @param hasRows true if both shapes have a first axis beside those given, of any length
 * @throws Error for shapes that cannot have the same elements
 */
export function reshapeOf(name: string, outer: Pattern, inner: Pattern, hasRows: boolean): Reshape {
  if (!isLike(outer, inner)) {
    throw new Error(
      `"reshape" of "${name}" must have the elements and the open axes of its "dims" ` +
        `[${outer.join(", ")}], but is [${inner.join(", ")}]`,
    );
  }
  return hasRows ? { outer: [-1, ...outer], inner: [-1, ...inner] } : { outer, inner };
}

function isLike(one: Pattern, other: Pattern): boolean {
  const fixed = (pattern: Pattern) => sizeOf(pattern.filter((length) => length !== -1));
  const open = (pattern: Pattern) => pattern.filter((length) => length === -1).length;
  return fixed(one) === fixed(other) && open(one) === open(other);
}

/** Returns the specifications of tensors as callers see them. */
export function outerSpecs(
  specs: readonly TensorSpec[],
  reshapes: Reshapes | undefined,
): readonly TensorSpec[] {
  if (reshapes === undefined) return specs;
  return specs.map((spec) => {
    const outer = reshapes[spec.name]?.outer;
    if (outer === undefined) return spec;
    return { ...spec, shape: outer.map((length) => (length === -1 ? "" : length)) };
  });
}

/** Returns shapes of the model as callers see them. */
export function outerShapes(
  shapes: Readonly<Record<string, readonly number[]>>,
  reshapes: Reshapes | undefined,
): Readonly<Record<string, readonly number[]>> {
  if (reshapes === undefined) return shapes;
  return mapValues(shapes, (shape, name) => toOuter(shape, reshapes[name]));
}

/** Returns tensors of callers as the model has them, on the same memory. */
export function innerTensors(tensors: NamedTensors, reshapes: Reshapes | undefined): NamedTensors {
  if (reshapes === undefined) return tensors;
  return mapValues(tensors, (tensor, name) => {
    const { outer, inner } = reshapes[name] ?? {};
    return { ...tensor, shape: reshaped(tensor.shape, outer, inner) };
  });
}

/** Returns tensors of the model as callers see them, on the same memory. */
export function outerTensors(tensors: NamedTensors, reshapes: Reshapes | undefined): NamedTensors {
  if (reshapes === undefined) return tensors;
  return mapValues(tensors, (tensor, name) => ({
    ...tensor,
    shape: toOuter(tensor.shape, reshapes[name]),
  }));
}

function toOuter(shape: readonly number[], reshape: Reshape | undefined): readonly number[] {
  return reshaped(shape, reshape?.inner, reshape?.outer);
}

/** Returns a shape that fits one pattern in the other; any other shape as it is. */
function reshaped(
  shape: readonly number[],
  from: Pattern | undefined,
  to: Pattern | undefined,
): readonly number[] {
  if (from === undefined || to === undefined || shape.length !== from.length) return shape;
  if (from.some((length, at) => length !== -1 && length !== shape[at])) return shape;
  const open = shape.filter((_, at) => from[at] === -1);
  return to.map((length) => (length === -1 ? (open.shift() ?? 1) : length));
}

function mapValues<V, W>(
  record: Readonly<Record<string, V>>,
  change: (value: V, name: string) => W,
): Readonly<Record<string, W>> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, change(value, name)]),
  );
}
