/**
 * Rows of JSON values to elements and back. Large arrays spend their time in these loops: each is
 * over one kind of array, and tests for the common case before it calls a function.
 * @module
 */
import type { DType, TensorData } from "../../tensor.ts";
import { converter, type Element, plainNumbers } from "./element.ts";

/** Reads a row into the elements from `at` on; returns the index of a misfit in the row, or -1. */
export type RowReader = (row: readonly unknown[], at: number) => number;

/** Returns elements `begin` to `end` as JSON values. */
export type RowWriter = (begin: number, end: number) => (number | boolean | string)[];

/** Returns a reader for the dtypes whose elements are JavaScript numbers. */
export function numberReader(target: Float64Array, dtype: DType, enforce: boolean): RowReader {
  const { min, max, isWhole } = plainNumbers(dtype);
  const convert = converter(dtype, enforce);
  return (row, at) => {
    for (let i = 0; i < row.length; i++) {
      const leaf = row[i];
      if (typeof leaf === "number" && leaf >= min && leaf <= max && (!isWhole || leaf % 1 === 0)) {
        target[at + i] = leaf;
      } else {
        const element = convert(leaf);
        if (element === undefined) return i;
        target[at + i] = element as number;
      }
    }
    return -1;
  };
}

/** Returns a reader for the dtypes whose elements are BigInts or strings. */
export function otherReader(
  target: BigInt64Array | BigUint64Array | string[],
  dtype: DType,
  enforce: boolean,
): RowReader {
  const convert = converter(dtype, enforce);
  return (row, at) => {
    for (let i = 0; i < row.length; i++) {
      const element = convert(row[i]);
      if (element === undefined) return i;
      (target as Element[])[at + i] = element;
    }
    return -1;
  };
}

/** Returns a writer for the elements of a dtype, by the rules of `toNested`. */
export function rowWriter(dtype: DType, data: TensorData[DType]): RowWriter {
  if (Array.isArray(data)) return (begin, end) => data.slice(begin, end);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return writerOf<bigint>(data, (element) => {
      const near = Number(element);
      return Number.isSafeInteger(near) ? near : String(element);
    });
  }
  // One kind of array for all: the conversion is native, and every number fits a double.
  const numbers = data instanceof Float64Array ? data : new Float64Array(data);
  return dtype === "bool"
    ? writerOf(numbers, (byte) => byte !== 0)
    : writerOf(numbers, (number) => (Number.isFinite(number) ? number : String(number)));
}

function writerOf<E>(
  data: { readonly [index: number]: E },
  toJson: (element: E) => number | boolean | string,
): RowWriter {
  return (begin, end) => {
    const row = new Array<number | boolean | string>(end - begin);
    for (let i = 0; i < row.length; i++) row[i] = toJson(data[begin + i] as E);
    return row;
  };
}
