/**
 * Runs of numbers in a JSON text, read by WebAssembly (`wasm/number-runs.ts`): it loads up to eight
 * digits at a time as one integer of 64 bits, which JavaScript cannot.
 * @module
 */
import { NUMBER_RUNS_WASM } from "./number-runs-wasm.ts";

/** The most bytes of a text that are loaded at a time. */
export const WINDOW_BYTES: number = 64 * 1024;

/** The most elements of a block: those of a whole window. */
export const BLOCK_ELEMENTS: number = WINDOW_BYTES / 2;

/** The length of a row, or the number of rows, that is not known yet. */
export const UNKNOWN: number = 2 ** 31 - 1;

/** The bytes behind a loaded text that are zero, and so end every number. */
const MARGIN_BYTES = 64;

/** The most axes of nested arrays. */
const MAX_AXES = 32;

/** The greatest exponent in the table of powers of ten, in both directions. */
const MAX_POWER = 64;

/** The types of the elements of a block. */
export const KINDS = { float64: 0, float32: 1, int64: 2, uint64: 3, bool: 4 } as const;

/** The elements that a run takes. */
export interface RunOptions {
  /** The type of the block's elements. */
  readonly kind: (typeof KINDS)[keyof typeof KINDS];
  /** The range of numbers to take; 64-bit integers are bounded by their type. */
  readonly min: number;
  readonly max: number;
  /** Take neither fractions nor exponents. */
  readonly isWhole: boolean;
}

/** The exports of the WebAssembly module: the addresses of its tables, and its functions. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly input: WebAssembly.Global;
  readonly output: WebAssembly.Global;
  readonly state: WebAssembly.Global;
  readonly shape: WebAssembly.Global;
  readonly powers: WebAssembly.Global;
  readonly readAll: (...args: number[]) => number;
  readonly isPlain: (length: number, maxDepth: number) => number;
  readonly read: (...args: number[]) => number;
}

/**
 * Reads runs of elements into a block. All readers share the loaded text and the block: each uses
 * them within one turn of the event loop.
 */
export class NumberRuns {
  /** The block's memory, and where it begins. */
  readonly memory: ArrayBuffer;
  readonly blockStart: number;
  readonly #read: Exports["read"];
  readonly #readAll: Exports["readAll"];
  readonly #isPlain: Exports["isPlain"];
  readonly #input: Uint8Array;
  readonly #state: Int32Array;
  readonly #shape: Int32Array;
  #length = 0;

  constructor(exports: Exports) {
    const { memory, input, output, state, shape, powers } = exports;
    const buffer = memory.buffer as ArrayBuffer;
    this.memory = buffer;
    this.blockStart = output.value as number;
    this.#read = exports.read;
    this.#readAll = exports.readAll;
    this.#isPlain = exports.isPlain;
    this.#input = new Uint8Array(buffer, input.value as number, WINDOW_BYTES + MARGIN_BYTES);
    this.#state = new Int32Array(buffer, state.value as number, 5);
    this.#shape = new Int32Array(buffer, shape.value as number, 1 + MAX_AXES);
    const table = new Float64Array(buffer, powers.value as number, 3 * (2 * MAX_POWER + 1));
    table.set(powersOfTen());
  }

  /** Loads at most `WINDOW_BYTES` of a text. */
  load(bytes: Uint8Array, begin: number, end: number): void {
    const isAll = begin === 0 && end === bytes.length;
    this.#input.set(isAll ? bytes : bytes.subarray(begin, end));
    this.#length = end - begin;
    this.#state[4] = 0; // No ends of numbers have been found.
    this.#input.fill(0, this.#length, this.#length + MARGIN_BYTES);
  }

  /**
   * Reads elements that follow one another, and rows of them, up to anything else: an element that
   * is not taken, or the end of the array of rows. The position after them is in the other fields.
   *
   * @param at the position of the first in the loaded text
   * @param count the number of elements that the block has already
   * @param column the index of the first in its row
   * @param rowsLeft the number of rows that may follow this one
   * @returns the number of elements that the block has then
   */
  read(
    { kind, min, max, isWhole }: RunOptions,
    at: number,
    count: number,
    column: number,
    rowLength: number,
    rowsLeft: number,
  ): number {
    const whole = isWhole ? 1 : 0;
    const length = this.#length;
    return this.#read(at, length, kind, whole, min, max, count, column, rowLength, rowsLeft);
  }

  /**
   * Reads a whole text of at most `WINDOW_BYTES`: nested arrays of elements, none of them empty.
   *
   * @returns the number of elements in the block; -1 for any other text
   */
  readAll(bytes: Uint8Array, { kind, min, max, isWhole }: RunOptions): number {
    this.#input.set(bytes);
    return this.#readAll(bytes.length, kind, isWhole ? 1 : 0, min, max);
  }

  /** Returns the lengths that `readAll()` found along each axis. */
  shape(): number[] {
    const shape: number[] = [];
    const axes = this.#shape[0] ?? 0;
    for (let axis = 1; axis <= axes; axis++) shape.push(this.#shape[axis] ?? 0);
    return shape;
  }

  /**
   * Returns true if a text of at most `WINDOW_BYTES`, if it is valid JSON, has no integer of 16
   * digits, no exponent of three digits, and at most `maxDepth` levels of nesting.
   */
  isPlain(bytes: Uint8Array, maxDepth: number): boolean {
    this.#input.set(bytes);
    return this.#isPlain(bytes.length, maxDepth) !== 0;
  }

  /** The position after a run: of the next element or, behind an element, of what follows it. */
  get at(): number {
    return this.#state[0] ?? 0;
  }

  /** The number of rows that a run has ended. */
  get rows(): number {
    return this.#state[1] ?? 0;
  }

  /** The index in the row of the next element or, behind an element, of that one. */
  get column(): number {
    return this.#state[2] ?? 0;
  }

  /** True if a run ended behind an element, at something else than a comma and an element. */
  get isBehind(): boolean {
    return this.#state[3] === 1;
  }
}

let opened: NumberRuns | undefined;
let isRefused = false;

/**
 * Returns the one reader of runs, compiled at the first call; `undefined` where a program may not
 * compile WebAssembly: in workerd, or on a page whose Content-Security-Policy forbids it.
 */
export function numberRuns(): NumberRuns | undefined {
  if (opened !== undefined || isRefused) return opened;
  try {
    const code = Uint8Array.from(atob(NUMBER_RUNS_WASM), (character) => character.charCodeAt(0));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code));
    opened = new NumberRuns(exports as unknown as Exports);
  } catch {
    isRefused = true;
  }
  return opened;
}

/** Splits a double into its upper 21 bits and the rest. */
const SPLITTER = 2 ** 32 + 1;

/** The exact powers of ten are integers in units of 2^-400. */
const UNIT_BITS = 400;

/**
 * Returns, for each power of ten p from 10^-64 on, 2^32·h, 2^32·(p - h) and p, where h is p rounded
 * to 21 bits: the product of h and an integer of 32 bits is exact.
 */
function powersOfTen(): Float64Array {
  const table = new Float64Array(3 * (2 * MAX_POWER + 1));
  const one = 1n << BigInt(UNIT_BITS);
  for (let power = -MAX_POWER; power <= MAX_POWER; power++) {
    const near = Number(`1e${power}`);
    const split = near * SPLITTER;
    const high = split - (split - near);
    const exact = power < 0 ? one / 10n ** BigInt(-power) : one * 10n ** BigInt(power);
    const rest = Number(exact - BigInt(high * 2 ** UNIT_BITS));
    table.set([high * 2 ** 32, rest * 2 ** (32 - UNIT_BITS), near], 3 * (power + MAX_POWER));
  }
  return table;
}
