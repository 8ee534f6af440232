/**
 * Conversion of one JSON value to an element of a dtype.
 * @module
 */
import type { DType } from "../../tensor.ts";

/** One element of a tensor's data. */
export type Element = number | bigint | string;

/** The floats that JSON has no word for, by the names of protobuf's JSON mapping. */
export const NON_FINITE: ReadonlyMap<unknown, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

/** The least and the greatest value of each integer dtype. */
const INTEGERS = {
  int8: [-(2 ** 7), 2 ** 7 - 1],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint8: [0, 2 ** 8 - 1],
  uint16: [0, 2 ** 16 - 1],
  uint32: [0, 2 ** 32 - 1],
} as const;

const BIG_INTEGERS = {
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
} as const;

/** The greatest finite value of each float, and the least that rounds to Infinity. */
const FLOATS = {
  float16: { max: 65_504, overflow: 65_520 },
  float32: { max: 2 ** 128 - 2 ** 104, overflow: 2 ** 128 - 2 ** 103 },
  float64: { max: Number.MAX_VALUE, overflow: Number.POSITIVE_INFINITY },
} as const;

/** The range of numbers that are elements of a dtype without conversion. */
export interface PlainNumbers {
  readonly min: number;
  readonly max: number;
  readonly isWhole: boolean;
}

/** Returns that range; an empty one for dtypes whose elements are not JavaScript numbers. */
export function plainNumbers(dtype: DType): PlainNumbers {
  if (isFloat(dtype)) {
    const { max } = FLOATS[dtype];
    return { min: -max, max, isWhole: false };
  }
  const [min, max] = Object.hasOwn(INTEGERS, dtype)
    ? INTEGERS[dtype as keyof typeof INTEGERS]
    : [1, 0];
  return { min, max, isWhole: true };
}

/** The least and the greatest element of a dtype of numbers. */
export interface ElementRange {
  readonly min: number | bigint;
  readonly max: number | bigint;
  /** The least number that is too great: for floats, the one that rounds to Infinity. */
  readonly overflow: number | bigint;
}

/** Returns the range of the finite elements of a dtype of numbers. */
export function elementRange(dtype: Exclude<DType, "string" | "bool">): ElementRange {
  if (isFloat(dtype)) {
    const { max, overflow } = FLOATS[dtype];
    return { min: -max, max, overflow };
  }
  if (dtype === "int64" || dtype === "uint64") {
    const [min, max] = BIG_INTEGERS[dtype];
    return { min, max, overflow: max + 1n };
  }
  const [min, max] = INTEGERS[dtype];
  return { min, max, overflow: max + 1 };
}

/** Returns true for the dtypes of floating-point numbers. */
export function isFloat(dtype: DType): dtype is "float16" | "float32" | "float64" {
  return Object.hasOwn(FLOATS, dtype);
}

/**
 * Returns a function that converts a JSON value to an element by the rules of `fromNested`, and
 * returns `undefined` for one that does not fit.
 *
 * @param enforce whether to refuse values that would have to be cast
 */
export function converter(dtype: DType, enforce: boolean): (leaf: unknown) => Element | undefined {
  if (dtype === "string") return (leaf) => (typeof leaf === "string" ? leaf : undefined);
  if (dtype === "bool") return (leaf) => toBool(leaf, enforce);
  const convert = numberConverter(dtype, enforce);
  return (leaf) => convert(!enforce && typeof leaf === "boolean" ? Number(leaf) : leaf);
}

/** Describes the values that a dtype takes; follows "must be" in messages. */
export function wantedWords(dtype: DType): string {
  if (dtype === "string") return "a string";
  if (dtype === "bool") return "a boolean";
  if (isFloat(dtype)) return 'a number, "NaN", "Infinity" or "-Infinity"';
  const { min, max } = elementRange(dtype);
  return `a whole number from ${min} to ${max}`;
}

/** Returns true for digits within the range of a 64-bit dtype: the refused double had lost some. */
export function hasLostDigits(dtype: DType, found: string): boolean {
  if ((dtype !== "int64" && dtype !== "uint64") || !/^-?\d{1,20}$/.test(found)) return false;
  const [min, max] = BIG_INTEGERS[dtype];
  return BigInt(found) >= min && BigInt(found) <= max;
}

function toBool(leaf: unknown, enforce: boolean): number | undefined {
  if (typeof leaf === "boolean") return Number(leaf);
  const number = typeof leaf === "bigint" ? Number(leaf) : leaf;
  return enforce || !Number.isFinite(number) ? undefined : Number(number !== 0);
}

function numberConverter(
  dtype: Exclude<DType, "string" | "bool">,
  enforce: boolean,
): (leaf: unknown) => Element | undefined {
  if (isFloat(dtype)) {
    const limit = enforce ? FLOATS[dtype].overflow : Number.POSITIVE_INFINITY;
    return (leaf) => toFloat(leaf, limit);
  }
  if (dtype === "int64" || dtype === "uint64") {
    const [min, max] = BIG_INTEGERS[dtype];
    return (leaf) => {
      const integer = toBigInt(leaf, enforce);
      return integer !== undefined && integer >= min && integer <= max ? integer : undefined;
    };
  }
  const [min, max] = INTEGERS[dtype];
  return (leaf) => {
    const integer = toInteger(leaf, enforce);
    return integer !== undefined && integer >= min && integer <= max ? integer : undefined;
  };
}

function toFloat(leaf: unknown, limit: number): number | undefined {
  const number = typeof leaf === "bigint" ? Number(leaf) : leaf;
  if (typeof number !== "number") return NON_FINITE.get(leaf);
  // JSON has finite numbers only: an infinite one was written as `1e400`, for example.
  return Math.abs(number) < limit ? number : undefined;
}

function toInteger(leaf: unknown, enforce: boolean): number | undefined {
  if (typeof leaf === "bigint") return Number(leaf); // one beyond 2^53 fits 64-bit dtypes only
  if (Number.isInteger(leaf)) return leaf as number;
  return enforce || typeof leaf !== "number" ? undefined : Math.trunc(leaf);
}

function toBigInt(leaf: unknown, enforce: boolean): bigint | undefined {
  if (typeof leaf === "bigint") return leaf;
  // 20 digits are enough for 64 bits, and BigInt takes more than linear time for long texts.
  if (typeof leaf === "string") return /^-?\d{1,20}$/.test(leaf) ? BigInt(leaf) : undefined;
  const integer = toInteger(leaf, enforce);
  return Number.isSafeInteger(integer) ? BigInt(integer as number) : undefined;
}
