/**
 * Checks of the inputs that a request declares, by the specifications of the model, before their
 * data are read.
 * @module
 */

import { invalidArgument } from "../error.ts";
import { excerpt, listNames, quote } from "../io/wording.ts";
import type { ModelMetadata } from "../service/models.ts";
import { type DType, formatShape, sizeOf, type TensorSpec } from "../tensor.ts";
import { DATATYPES, type Datatype, datatypeOf, tensorMetadata } from "./datatypes.ts";

/** An input as a request declares it. */
export interface DeclaredInput {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly (number | bigint)[];
}

/** An input that fits the model. */
export interface CheckedInput {
  readonly name: string;
  /** The datatype of its data: `BF16` only for data in bytes. */
  readonly datatype: Datatype | "BF16";
  /** The dtype of its tensor: that of the model's input. */
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** The number of elements. */
  readonly size: number;
}

/** The most axes of a tensor. No model has as many. */
const MAX_AXES = 32;

/** The most elements of a tensor. */
const MAX_ELEMENTS = 2 ** 31 - 1;

/**
 * The largest product of the open axes of a tensor without elements, as a row may be: no bytes
 * support what a caller claims there.
 */
const MAX_EMPTY_ROWS = 65_536;

/**
 * Checks that the inputs are those of the model, each once, of its datatype and of a shape that
 * fits.
 *
 * @returns the inputs in the order of `declared`
 * @throws ServiceError `invalid_argument` naming the input, what was given and what was wanted
 */
export function checkInputs(
  model: Pick<ModelMetadata, "name" | "inputs">,
  declared: readonly DeclaredInput[],
): readonly CheckedInput[] {
  const specs = new Map(model.inputs.map((spec) => [spec.name, spec]));
  const seen = new Set<string>();
  const checked = declared.map((input) => {
    const spec = specs.get(input.name);
    if (spec === undefined) {
      const known = listNames([...specs.keys()]);
      throw invalidArgument(
        `Unknown input ${quote(input.name)}: the inputs of model "${model.name}" are ${known}`,
      );
    }
    if (seen.has(input.name)) {
      throw invalidArgument(`Input ${quote(input.name)} was given twice`);
    }
    seen.add(input.name);
    return checkInput(spec, input);
  });
  const missing = model.inputs.filter(({ name }) => !seen.has(name));
  if (missing.length === 0) return checked;
  const names = missing.map(({ name }) => name);
  throw invalidArgument(
    `Missing input ${listNames(names)}: model "${model.name}" takes ` +
      model.inputs.map((spec) => `${quote(spec.name)} ${formatInput(spec)}`).join(", "),
  );
}

function checkInput(spec: TensorSpec, { name, datatype, shape }: DeclaredInput): CheckedInput {
  const { dtype } = spec;
  const isWidened = datatype === "BF16" && dtype === "float32";
  if (dtype === undefined || !(isWidened || datatypeOf(dtype) === datatype)) {
    const known = Object.hasOwn(DATATYPES, datatype) || datatype === "BF16";
    const given = known ? datatype : `${quote(datatype)}, which is no datatype`;
    throw invalidArgument(`Input ${quote(name)} must be ${formatInput(spec)}, but was ${given}`);
  }
  const lengths = lengthsOf(name, shape);
  if (!fits(spec.shape, lengths)) {
    throw invalidArgument(
      `Input ${quote(name)} must be ${formatInput(spec)}, but was ${formatGiven(lengths)}`,
    );
  }
  // The product of many long axes is Infinity, which 0 would make NaN.
  const size = lengths.includes(0) ? 0 : sizeOf(lengths);
  if (size > MAX_ELEMENTS) {
    throw wrongShape(name, `is ${formatGiven(lengths)}: no tensor has as many elements`);
  }
  const open = lengths.filter((_, at) => typeof (spec.shape?.[at] ?? "") === "string");
  if (size === 0 && sizeOf(open.map((length) => Math.max(1, length))) > MAX_EMPTY_ROWS) {
    throw wrongShape(name, `is ${formatGiven(lengths)}, too long for a tensor without elements`);
  }
  return { name, datatype: datatype as Datatype | "BF16", dtype, shape: lengths, size };
}

/** Returns the lengths of the axes, each of which is a safe integer. */
function lengthsOf(name: string, shape: DeclaredInput["shape"]): readonly number[] {
  if (shape.length > MAX_AXES) {
    throw wrongShape(name, `may have at most ${MAX_AXES} axes, but has ${shape.length}`);
  }
  return shape.map((each) => {
    const length = Number(each);
    // Not -0.
    if (Number.isSafeInteger(length) && length >= 0) return Math.abs(length);
    throw wrongShape(
      name,
      `must be of whole numbers from 0 to 2^53-1, but has ${excerpt(String(each))}`,
    );
  });
}

function wrongShape(name: string, what: string): Error {
  return invalidArgument(`The shape of input ${quote(name)} ${what}`);
}

function fits(wanted: TensorSpec["shape"], given: readonly number[]): boolean {
  if (wanted === undefined) return true;
  return (
    wanted.length === given.length &&
    wanted.every((axis, at) => typeof axis === "string" || axis === given[at])
  );
}

function formatGiven(shape: readonly number[]): string {
  return excerpt(formatShape(shape));
}

/** Formats what an input must be, as `FP32 [-1, 784]`. */
export function formatInput(spec: TensorSpec): string {
  const { datatype, shape } = tensorMetadata(spec);
  return spec.shape === undefined
    ? `${datatype} of any shape`
    : `${datatype} ${formatShape(shape)}`;
}
