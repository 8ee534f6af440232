/**
 * Casts of tensors to another dtype, for protocols whose arrays have their own dtype.
 * @module
 */
import { invalidArgument } from "../../error.ts";
import { allocate, type DType, type Tensor, type TensorData } from "../../tensor.ts";
import { describe } from "../wording.ts";
import { isFloat, plainNumbers } from "./element.ts";

/**
 * Casts a tensor to another dtype by the rules of NumPy's `astype`: fractions are truncated for
 * integers, booleans are 0 and 1, a number other than 0 is true, and one beyond the range of a
 * smaller float is infinite. An integer out of range, which NumPy wraps, is refused; so are strings
 * for numbers, and numbers for strings.
 *
 * @param enforce refuse another kind of dtype, as NumPy's `same_kind` does: booleans may become
 *   any number, unsigned integers signed ones, and integers floats, but not the other way round
 * @throws ServiceError `invalid_argument` with both dtypes, and the element that does not fit
 */
export function castTensor<D extends DType>(tensor: Tensor, dtype: D, enforce: boolean): Tensor<D> {
  const { dtype: from, shape } = tensor;
  if (from === dtype) return tensor as Tensor<D>;
  if (from === "string" || dtype === "string" || (enforce && rank(from) > rank(dtype))) {
    throw invalidArgument(`Cannot take an array of dtype ${from}: its dtype must be ${dtype}`);
  }
  const data = allocate(dtype, tensor.data.length);
  const bad = fill(data as Numbers, dtype, tensor.data as Numbers);
  if (bad === -1) return { dtype, shape, data };
  throw invalidArgument(
    `Cannot take an array of dtype ${from} as ${dtype}: element ${bad} in row-major order is ` +
      `${describe(tensor.data[bad])}, which ${dtype} cannot hold`,
  );
}

/** NumPy's order of the kinds of dtypes. */
function rank(dtype: DType): number {
  if (dtype === "bool") return 0;
  if (isFloat(dtype)) return 3;
  return dtype.startsWith("uint") ? 1 : 2;
}

type Numbers = Exclude<TensorData[DType], string[]>;
type BigNumbers = BigInt64Array | BigUint64Array;
type PlainNumbers = Exclude<Numbers, BigNumbers>;

/** Fills `target`; returns the index of the first element that does not fit, or -1. */
function fill(target: Numbers, dtype: DType, given: Numbers): number {
  if (target instanceof BigInt64Array || target instanceof BigUint64Array) {
    return fillBig(target, given);
  }
  if (dtype === "bool") {
    for (let at = 0; at < given.length; at++) target[at] = Number(given[at]) === 0 ? 0 : 1;
    return -1;
  }
  return isFloat(dtype) ? fillFloats(target, given) : fillWhole(target, dtype, given);
}

function fillFloats(target: PlainNumbers, given: Numbers): number {
  if (given instanceof BigInt64Array || given instanceof BigUint64Array) {
    for (let at = 0; at < given.length; at++) target[at] = Number(given[at]);
  } else {
    target.set(given);
  }
  return -1;
}

function fillWhole(target: PlainNumbers, dtype: DType, given: Numbers): number {
  const { min, max } = plainNumbers(dtype);
  for (let at = 0; at < given.length; at++) {
    const whole = Math.trunc(Number(given[at]));
    // Negated, so that NaN does not fit.
    if (!(whole >= min && whole <= max)) return at;
    target[at] = whole;
  }
  return -1;
}

function fillBig(target: BigNumbers, given: Numbers): number {
  for (let at = 0; at < given.length; at++) {
    const number = given[at] ?? 0;
    if (typeof number === "number" && !Number.isFinite(number)) return at;
    const whole = typeof number === "bigint" ? number : BigInt(Math.trunc(number));
    target[at] = whole;
    // The array has wrapped numbers out of range.
    if (target[at] !== whole) return at;
  }
  return -1;
}
