/**
 * openRows(): the tensors of methods, those of batched methods with open axes for the rows.
 * @module
 */

import { formatShape, type TensorSpec } from "../../tensor.ts";
import type { MethodSpecs, TensorSpecs } from "../../worker/method-specs.ts";
import type { SpecsByName } from "../../worker/protocol.ts";
import type { BatchSettings } from "../batching/batch-options.ts";
import { axisOf, type RowAxis } from "./rows.ts";

/** The settings that name the axes of the rows. */
type Axes = Pick<BatchSettings, "axisIn" | "axisOut">;

/**
 * Checks the axes of the rows in the tensors of batched methods. That of a result is opened: models
 * often declare it as 1, and answer any number of rows.
 *
 * @param batched the batched methods
 * @throws TypeError for a tensor without the axis, or an argument with a fixed number of rows
 */
export function openRows(
  runner: string,
  specs: SpecsByName = {},
  batched: ReadonlyMap<string, { readonly settings: Axes }>,
): SpecsByName {
  const entries = Object.entries(specs).map(([method, each]) => {
    const settings = batched.get(method)?.settings;
    const where = `"${method}" of runner "${runner}"`;
    return [method, settings === undefined ? each : openRowsOf(where, each, settings)] as const;
  });
  return Object.fromEntries(entries);
}

function openRowsOf(
  method: string,
  { input, output }: MethodSpecs,
  { axisIn, axisOut }: Axes,
): MethodSpecs {
  return {
    ...(input && { input: withRows(`The input of ${method}`, input, axisIn, requireOpen) }),
    ...(output && { output: withRows(`The output of ${method}`, output, axisOut, () => "") }),
  };
}

/** Returns the axis of the rows in place of one of a fixed length. */
type Open = (where: string, spec: TensorSpec, axis: number) => string;

function withRows(where: string, specs: TensorSpecs, axis: RowAxis, open: Open): TensorSpecs {
  const withOwn = (spec: TensorSpec, own: number | undefined): TensorSpec =>
    own === undefined ? spec : openAt(where, spec, own, open);
  if (!isList(specs)) return withOwn(specs, axisOf(axis, "") ?? 0);
  return specs.map((spec) => withOwn(spec, axisOf(axis, spec.name)));
}

function isList(specs: TensorSpecs): specs is readonly TensorSpec[] {
  return Array.isArray(specs);
}

function openAt(where: string, spec: TensorSpec, axis: number, open: Open): TensorSpec {
  const { name, shape } = spec;
  if (shape === undefined) return spec;
  const length = shape[axis];
  if (typeof length === "string") return spec;
  if (length !== undefined) return { ...spec, shape: shape.with(axis, open(where, spec, axis)) };
  throw new TypeError(
    `${where} has "${name}" of shape ${formatShape(shape)}, without the axis ${axis} of the rows`,
  );
}

function requireOpen(where: string, { name, shape = [] }: TensorSpec, axis: number): never {
  throw new TypeError(
    `${where} has "${name}" of shape ${formatShape(shape)}, but a batched method takes any ` +
      `number of rows: axis ${axis} must be open (-1, a name or ""). A method that takes one row ` +
      'belongs in "methods"',
  );
}
