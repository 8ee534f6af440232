/**
 * Checks of a session's inputs by the model's metadata, before a run. ONNX Runtime finds the same
 * faults, but later, one at a time, and without the names.
 * @module
 */

import { invalidArgument } from "../error.ts";
import { type DType, formatShape, type Tensor, type TensorSpec } from "../tensor.ts";

/** Returns true for an axis that may have any length. */
export function isOpen(axis: number | string): axis is string {
  return typeof axis === "string";
}

/**
 * Checks that the inputs are those of the model, each of its dtype and shape.
 *
 * @throws ServiceError `invalid_argument` naming the input, what it was and what it must be
 */
export function checkInputs(
  specs: readonly TensorSpec[],
  inputs: Readonly<Record<string, Tensor>>,
): void {
  const known = new Set(specs.map(({ name }) => name));
  for (const name of Object.keys(inputs)) {
    if (!known.has(name)) throw invalidArgument(`Unknown input "${name}": ${describe(specs)}`);
  }
  for (const spec of specs) {
    const input = Object.hasOwn(inputs, spec.name) ? inputs[spec.name] : undefined;
    if (input === undefined) {
      throw invalidArgument(`Input "${spec.name}" is missing: ${describe(specs)}`);
    }
    checkInput(spec, input);
  }
  checkNamedAxes(specs, inputs);
}

/** Axes of one name have one length, in all inputs (ONNX IR, "Static tensor shapes"). */
function checkNamedAxes(
  specs: readonly TensorSpec[],
  inputs: Readonly<Record<string, Tensor>>,
): void {
  const seen = new Map<string, { readonly input: string; readonly length: number }>();
  for (const { name: input, shape = [] } of specs) {
    for (const [at, axis] of shape.entries()) {
      if (typeof axis !== "string" || axis === "") continue;
      const length = inputs[input]?.shape[at] ?? 0;
      const first = seen.get(axis);
      seen.set(axis, first ?? { input, length });
      if (first === undefined || first.length === length) continue;
      throw invalidArgument(
        `Axis "${axis}" must have one length, but has ${first.length} in "${first.input}" and ` +
          `${length} in "${input}": ${describe(specs)}`,
      );
    }
  }
}

function checkInput(spec: TensorSpec, { dtype, shape }: Tensor): void {
  if (dtype === spec.dtype && fits(spec.shape, shape)) return;
  throw invalidArgument(
    `Input "${spec.name}" must be ${formatSpec(spec)}, but was ${dtype} ${formatShape(shape)}`,
  );
}

function fits(wanted: TensorSpec["shape"], given: readonly number[]): boolean {
  if (wanted === undefined) return true;
  return (
    wanted.length === given.length && wanted.every((axis, at) => isOpen(axis) || axis === given[at])
  );
}

/**
 * Returns the specification of an input or output of the model. Default: the first.
 *
 * @throws TypeError that lists them, if there is none of the name
 */
export function specNamed(
  kind: "input" | "output",
  specs: readonly TensorSpec[],
  name: string | undefined = specs[0]?.name,
): TensorSpec {
  const spec = specs.find((each) => each.name === name);
  if (spec !== undefined) return spec;
  const all = specs.map((each) => each.name).join(", ");
  throw new TypeError(`The model has no ${kind} "${name}"; it has ${all}`);
}

/** The outputs of a run, each with the dtype that it must have, if any. */
export type WantedDTypes = Readonly<Record<string, DType | undefined>>;

/**
 * Checks that every requested output is one of the model's, and of the requested dtype.
 *
 * @throws TypeError that lists the outputs: they are chosen by code, not by callers
 */
export function checkOutputs(specs: readonly TensorSpec[], wanted: WantedDTypes): void {
  for (const [name, dtype] of Object.entries(wanted)) {
    const spec = specNamed("output", specs, name);
    if (dtype === undefined || dtype === spec.dtype) continue;
    throw new TypeError(
      `The model's output "${name}" is ${formatSpec(spec)}, but the run requested ${dtype}`,
    );
  }
}

function describe(specs: readonly TensorSpec[]): string {
  return `the model takes ${specs.map((spec) => `"${spec.name}" ${formatSpec(spec)}`).join(", ")}`;
}

/**
 * Describes an input, for example as `float32 [batch, 1, 28, 28]`; an axis without a name is
 * printed as `?`, and a shape that is not declared as `of any shape`.
 */
export function formatSpec({ dtype, shape }: TensorSpec): string {
  const axes = shape?.map((axis) => (axis === "" ? "?" : axis));
  const printed = axes === undefined ? "of any shape" : formatShape(axes);
  return `${dtype ?? "an unsupported type"} ${printed}`;
}
