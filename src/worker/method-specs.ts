/**
 * MethodSpecs: the specifications of the tensors that a method takes and returns.
 * @module
 */

import { isDType, type TensorSpec } from "../tensor.ts";

/** A tensor, or a record of tensors by their names. */
export type TensorSpecs = TensorSpec | readonly TensorSpec[];

/**
 * The tensors of a method, as far as they are known.
 *
 * @typeParam I the method's argument
 * @typeParam O its result
 */
export interface MethodSpecs<I = unknown, O = unknown> {
  /** One specification of a tensor; a list of them, by their names, of a record of tensors. */
  readonly input?: SpecsOf<I>;
  /** Likewise of the result. */
  readonly output?: SpecsOf<O>;
}

/** The specifications of a type: one of a tensor, a list of a record, none of anything else. */
type SpecsOf<V> = unknown extends V
  ? TensorSpecs
  : V extends { readonly dtype: unknown; readonly shape: unknown }
    ? TensorSpec
    : V extends readonly unknown[]
      ? never
      : V extends object
        ? readonly TensorSpec[]
        : never;

/**
 * Checks the specifications of a method.
 *
 * @param where the method, for messages: `Method "classify" of file:///digits.ts`
 * @returns a copy, in which open axes without a name are `""`
 * @throws TypeError for a name, a dtype or a shape that no tensor can have
 */
export function checkSpecs(where: string, specs: unknown): MethodSpecs {
  if (typeof specs !== "object" || specs === null) {
    throw new TypeError(`${where} has "specs" that must be { input, output }, not ${specs}`);
  }
  const known = Object.entries(specs).filter(([, given]) => given !== undefined);
  const checked = known.map(([side, given]) => {
    if (side !== "input" && side !== "output") {
      throw new TypeError(`${where} has "specs" with "${side}": they may have input and output`);
    }
    return [side, checkSide(`The ${side} of ${where}`, given)] as const;
  });
  return Object.fromEntries(checked);
}

function checkSide(where: string, given: unknown): TensorSpecs {
  if (!Array.isArray(given)) return checkSpec(where, given);
  const specs = given.map((each: unknown) => checkSpec(where, each));
  const names = specs.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice === undefined) return specs;
  throw new TypeError(`${where} has two tensors with the name "${twice}"`);
}

function checkSpec(where: string, given: unknown): TensorSpec {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`${where} must be { name, dtype, shape }, or a list of them, not ${given}`);
  }
  const { name, dtype, shape } = given as Partial<TensorSpec>;
  if (typeof name !== "string" || name === "") {
    throw new TypeError(`${where} must have a name, but its "name" is ${JSON.stringify(name)}`);
  }
  if (dtype !== undefined && !isDType(dtype)) {
    throw new TypeError(`${where} has "${name}" of the unknown dtype ${JSON.stringify(dtype)}`);
  }
  return { name, dtype, shape: checkShape(`${where} has "${name}"`, shape) };
}

function checkShape(where: string, shape: unknown): TensorSpec["shape"] {
  if (shape === undefined) return undefined;
  if (!Array.isArray(shape)) throw new TypeError(`${where} with a shape that is no list: ${shape}`);
  return shape.map((axis: unknown) => {
    if (axis === -1) return ""; // as NumPy and the Open Inference Protocol write an open axis
    if (typeof axis === "string" || (Number.isSafeInteger(axis) && Number(axis) >= 0)) {
      return axis as string | number;
    }
    throw new TypeError(
      `${where} with the axis ${axis}: an axis is a length from 0 up, or open: -1, a name or ""`,
    );
  });
}
