/**
 * ElementSink: collects elements one by one into the data of a tensor. Reading a large array spends
 * its time in these loops, so numbers that fit without conversion take the shortest path.
 * @module
 */
import { allocate, type DType, type TensorData } from "../../tensor.ts";
import { converter, type Element, plainNumbers } from "./element.ts";

/** Collects the elements of one tensor. */
export interface ElementSink {
  /** Adds a number that fits without conversion. Returns false for any other; see `add()`. */
  addNumber(value: number): boolean;
  /** Adds a whole number beyond ±(2^53-1), by its digits if no double is equal to it. */
  addLong(bytes: Uint8Array, begin: number, end: number, value: number): boolean;
  /** Adds NaN or Infinity. */
  addNonFinite(value: number): boolean;
  /** Adds a value that `fromNested` converts to an element. Returns false for any other. */
  add(leaf: unknown): boolean;
  /** Returns all elements. */
  finish(): TensorData[DType];
}

/**
 * Makes the sink of a tensor.
 *
 * @param capacity the most elements that may come
 * @param enforce true to refuse elements that would have to be cast
 */
export function sinkOf(dtype: DType, capacity: number, enforce: boolean): ElementSink {
  if (dtype === "string") return new StringSink(enforce);
  if (dtype === "int64" || dtype === "uint64") return new BigSink(dtype, capacity, enforce);
  return new NumberSink(dtype, capacity, enforce);
}

type NumberDType = Exclude<DType, "string" | "int64" | "uint64">;

/** The number of elements that are buffered before they are moved into the data. */
const BLOCK = 4096;

/** The dtypes whose elements are JavaScript numbers. */
class NumberSink implements ElementSink {
  // One type of array for every dtype, for which engines compile one fast loop; `set()` then
  // converts natively. Elements that were checked to fit the dtype lose no digits.
  readonly #block: Float64Array;
  readonly #data: TensorData[NumberDType];
  readonly #min: number;
  readonly #max: number;
  readonly #isWhole: boolean;
  readonly #convert: (leaf: unknown) => Element | undefined;
  #waiting = 0;
  #length = 0;

  constructor(dtype: NumberDType, capacity: number, enforce: boolean) {
    this.#block = new Float64Array(Math.min(capacity, BLOCK));
    this.#data = allocate(dtype, capacity);
    const { min, max, isWhole } = plainNumbers(dtype);
    this.#min = min;
    this.#max = max;
    this.#isWhole = isWhole;
    this.#convert = converter(dtype, enforce);
  }

  addNumber(value: number): boolean {
    if (!(value >= this.#min && value <= this.#max)) return false;
    if (this.#isWhole && value % 1 !== 0) return false;
    return this.#push(value);
  }

  addLong(_bytes: Uint8Array, _begin: number, _end: number, value: number): boolean {
    return this.add(value);
  }

  addNonFinite(value: number): boolean {
    return !this.#isWhole && this.#push(value);
  }

  add(leaf: unknown): boolean {
    const element = this.#convert(leaf);
    return element !== undefined && this.#push(element as number);
  }

  #push(element: number): true {
    if (this.#waiting === this.#block.length) this.#flush();
    this.#block[this.#waiting++] = element;
    return true;
  }

  finish(): TensorData[NumberDType] {
    this.#flush();
    return this.#length === this.#data.length ? this.#data : this.#data.slice(0, this.#length);
  }

  #flush(): void {
    this.#data.set(this.#block.subarray(0, this.#waiting), this.#length);
    this.#length += this.#waiting;
    this.#waiting = 0;
  }
}

const TWO_31 = 2 ** 31;
const TWO_32 = 2 ** 32;
/** The most digits of a 64-bit integer. */
const MAX_DIGITS = 20;
const MINUS = 0x2d;
const ZERO = 0x30;

/** Collects 64-bit integers without a BigInt for each, which would take ten times as long. */
class BigSink implements ElementSink {
  readonly #data: BigInt64Array | BigUint64Array;
  /** The same memory in 32-bit halves, the lower one first, as on all supported machines. */
  readonly #halves: Int32Array;
  readonly #min: number;
  /** The exclusive bound of the upper half of a number that is not negative. */
  readonly #highEnd: number;
  readonly #convert: (leaf: unknown) => Element | undefined;
  #length = 0;

  constructor(dtype: "int64" | "uint64", capacity: number, enforce: boolean) {
    this.#data = allocate(dtype, capacity);
    this.#halves = new Int32Array(this.#data.buffer);
    this.#min = dtype === "int64" ? Number.MIN_SAFE_INTEGER : 0;
    this.#highEnd = dtype === "int64" ? TWO_31 : TWO_32;
    this.#convert = converter(dtype, enforce);
  }

  addNumber(value: number): boolean {
    if (!(value >= this.#min && value <= Number.MAX_SAFE_INTEGER && value % 1 === 0)) return false;
    const high = Math.floor(value / TWO_32);
    return this.#push(value - high * TWO_32, high);
  }

  addLong(bytes: Uint8Array, begin: number, end: number): boolean {
    const isNegative = bytes[begin] === MINUS;
    const first = isNegative ? begin + 1 : begin;
    if (end - first > MAX_DIGITS) return false;
    // All but the last six digits, in halves, times a million: each product is exact.
    const leading = wholeNumber(bytes, first, end - 6);
    const upper = Math.floor(leading / TWO_32);
    const product = (leading - upper * TWO_32) * 1e6 + wholeNumber(bytes, end - 6, end);
    const carry = Math.floor(product / TWO_32);
    const low = product - carry * TWO_32;
    const high = upper * 1e6 + carry;
    if (!isNegative) return high < this.#highEnd && this.#push(low, high);
    if (this.#min === 0 || high > TWO_31 || (high === TWO_31 && low > 0)) return false;
    return low === 0 ? this.#push(0, -high) : this.#push(TWO_32 - low, -high - 1);
  }

  addNonFinite(): boolean {
    return false;
  }

  #push(low: number, high: number): true {
    const at = 2 * this.#length;
    this.#halves[at] = low;
    this.#halves[at + 1] = high;
    this.#length += 1;
    return true;
  }

  add(leaf: unknown): boolean {
    const element = this.#convert(leaf);
    if (element === undefined) return false;
    this.#data[this.#length++] = element as bigint;
    return true;
  }

  finish(): BigInt64Array | BigUint64Array {
    return this.#length === this.#data.length ? this.#data : this.#data.slice(0, this.#length);
  }
}

/** Returns the number that at most fifteen digits denote. */
function wholeNumber(bytes: Uint8Array, begin: number, end: number): number {
  let number = 0;
  for (let at = begin; at < end; at++) number = number * 10 + (bytes[at] ?? 0) - ZERO;
  return number;
}

class StringSink implements ElementSink {
  readonly #data: string[] = [];
  readonly #convert: (leaf: unknown) => Element | undefined;

  constructor(enforce: boolean) {
    this.#convert = converter("string", enforce);
  }

  addNumber(): boolean {
    return false;
  }

  addLong(): boolean {
    return false;
  }

  addNonFinite(): boolean {
    return false;
  }

  add(leaf: unknown): boolean {
    const element = this.#convert(leaf);
    if (element === undefined) return false;
    this.#data.push(element as string);
    return true;
  }

  finish(): string[] {
    return this.#data;
  }
}
