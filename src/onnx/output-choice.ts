/**
 * The second argument of a run: the outputs that it returns.
 * @module
 */

import { checkOptions } from "../check.ts";
import type { DType } from "../tensor.ts";
import type { WantedDTypes } from "./check.ts";

/** One output of a model, and the dtype that it must have. */
export interface OutputChoice<D extends DType> {
  /** Its name. Default: the model's first output. */
  readonly output?: string;
  /** Its dtype, which is checked before the run. */
  readonly dtype?: D;
}

/** Reads the second argument of a run with one input. */
export function outputChoice(wanted: unknown): OutputChoice<DType> {
  if (wanted === undefined) return {};
  if (typeof wanted === "string") return { output: wanted };
  if (Array.isArray(wanted) || typeof wanted !== "object" || wanted === null) {
    throw new TypeError(
      "A run with one tensor returns one output: give its name or { output, dtype }, " +
        `not ${Array.isArray(wanted) ? "a list of names" : wanted}`,
    );
  }
  checkOptions("Cannot choose an output", wanted, ["output", "dtype"]);
  return wanted;
}

/** Reads the second argument of a run by the names of the inputs: the dtype of each output. */
export function namedOutputs(wanted: unknown): WantedDTypes | undefined {
  if (wanted === undefined) return undefined;
  if (Array.isArray(wanted)) return withoutDTypes(wanted);
  if (typeof wanted === "object" && wanted !== null) return wanted as WantedDTypes;
  throw new TypeError(
    "A run by the names of the inputs returns outputs by name: give a list of names or " +
      `{ name: dtype }, not ${JSON.stringify(wanted)}`,
  );
}

/** Returns the outputs of these names, of any dtype. */
export function withoutDTypes(names: readonly string[]): WantedDTypes {
  return Object.fromEntries(names.map((name) => [name, undefined]));
}
