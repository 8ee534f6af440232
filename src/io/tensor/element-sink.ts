/**
 * ElementSink: collects elements one by one into the data of a tensor. Reading a large array spends
 * its time in these loops, so numbers that fit without conversion take the shortest path.
 * @module
 */
import type { DType, TensorData } from "../../tensor.ts";
import type { RunOptions } from "../json/number-runs.ts";
import { Blocks, type NumberDType, runOptions } from "./blocks.ts";
import { converter, type Element, plainNumbers } from "./element.ts";

/** The elements that can be read in runs, and the blocks to read them into. */
export interface ElementRuns {
  readonly options: RunOptions;
  readonly blocks: Blocks;
}

/** Collects the elements of one tensor. */
export interface ElementSink {
  /** The elements that can be read in runs, if any can. */
  readonly runs?: ElementRuns;
  /** Adds a number that fits without conversion. Returns false for any other; see `add()`. */
  addNumber(value: number): boolean;
  /** Adds a whole number beyond ±(2^53-1), by its digits if no double is equal to it. */
  addLong(bytes: Uint8Array, begin: number, end: number, value: number): boolean;
  /** Adds NaN or Infinity. */
  addNonFinite(value: number): boolean;
  /** Adds a value that `fromNested` converts to an element. Returns false for any other. */
  add(leaf: unknown): boolean;
  /** Ends a step: other readers may fill the block then. */
  flush(): void;
  /** Joins what was added, in steps. Returns true at the end. */
  join(): boolean;
  /** Returns all elements, once they are joined. */
  finish(): TensorData[DType];
}

/** The elements that a sink takes. */
export interface SinkOptions {
  /** Refuse elements that would have to be cast. */
  readonly enforce: boolean;
  /** Read fractions one by one, since they may change the dtype. */
  readonly onlyWhole: boolean;
}

/** Makes the sink of a tensor. */
export function sinkOf(dtype: DType, options: SinkOptions): ElementSink {
  if (dtype === "string") return new StringSink(options.enforce);
  if (dtype === "int64" || dtype === "uint64") return new BigSink(dtype, options);
  return new NumberSink(dtype, options);
}

/** Collects elements in blocks. */
abstract class BlockSink {
  readonly runs: ElementRuns;
  protected readonly blocks: Blocks;
  protected readonly convert: (leaf: unknown) => Element | undefined;

  constructor(dtype: NumberDType, { enforce, onlyWhole }: SinkOptions) {
    this.blocks = new Blocks(dtype);
    this.convert = converter(dtype, enforce);
    const options = runOptions(dtype);
    const runs = onlyWhole ? { ...options, isWhole: true } : options;
    this.runs = { options: runs, blocks: this.blocks };
  }

  flush(): void {
    this.blocks.flush();
  }

  join(): boolean {
    return this.blocks.join();
  }

  finish(): TensorData[NumberDType] {
    return this.blocks.finish();
  }
}

/** The dtypes whose elements are JavaScript numbers. */
class NumberSink extends BlockSink implements ElementSink {
  readonly #block: Float64Array | Float32Array | Uint8Array;
  readonly #min: number;
  readonly #max: number;
  readonly #isWhole: boolean;

  constructor(dtype: Exclude<NumberDType, "int64" | "uint64">, options: SinkOptions) {
    super(dtype, options);
    this.#block = this.blocks.block as Float64Array | Float32Array | Uint8Array;
    const { min, max, isWhole } = plainNumbers(dtype);
    this.#min = min;
    this.#max = max;
    this.#isWhole = isWhole;
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
    const element = this.convert(leaf);
    return element !== undefined && this.#push(element as number);
  }

  #push(element: number): true {
    const { blocks } = this;
    if (blocks.isFull) blocks.flush();
    this.#block[blocks.waiting++] = element;
    return true;
  }
}

const TWO_31 = 2 ** 31;
const TWO_32 = 2 ** 32;
/** The most digits of a 64-bit integer. */
const MAX_DIGITS = 20;
const MINUS = 0x2d;
const ZERO = 0x30;

/** Collects 64-bit integers without a BigInt for each, which would take ten times as long. */
class BigSink extends BlockSink implements ElementSink {
  readonly #block: BigInt64Array | BigUint64Array;
  /** The same memory in 32-bit halves, the lower one first, as on all supported machines. */
  readonly #halves: Int32Array;
  readonly #min: number;
  /** The exclusive bound of the upper half of a number that is not negative. */
  readonly #highEnd: number;

  constructor(dtype: "int64" | "uint64", options: SinkOptions) {
    super(dtype, options);
    const block = this.blocks.block as BigInt64Array | BigUint64Array;
    this.#block = block;
    this.#halves = new Int32Array(block.buffer, block.byteOffset, 2 * block.length);
    this.#min = dtype === "int64" ? Number.MIN_SAFE_INTEGER : 0;
    this.#highEnd = dtype === "int64" ? TWO_31 : TWO_32;
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
    const at = 2 * this.#next();
    this.#halves[at] = low;
    this.#halves[at + 1] = high;
    return true;
  }

  add(leaf: unknown): boolean {
    const element = this.convert(leaf);
    if (element === undefined) return false;
    this.#block[this.#next()] = element as bigint;
    return true;
  }

  /** Returns the index in the block of the next element. */
  #next(): number {
    const { blocks } = this;
    if (blocks.isFull) blocks.flush();
    return blocks.waiting++;
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

  flush(): void {}

  join(): boolean {
    return true;
  }

  finish(): string[] {
    return this.#data;
  }
}
