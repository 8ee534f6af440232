/**
 * Classification: the greatest elements of an output as texts, instead of the output.
 * @module
 */

import { invalidArgument } from "../error.ts";
import { finish, finishInTurns, type Steps } from "../io/steps.ts";
import { quote } from "../io/wording.ts";
import { allocate, type DType, sizeOf, type Tensor } from "../tensor.ts";

/** The classes to return. */
export interface Classification {
  /** The name of the output, for messages. */
  readonly name: string;
  /** The number of classes of each row. */
  readonly count: number;
  /** True if the first axis has the rows of a batch. */
  readonly isBatched: boolean;
  /** The names of the classes in the order of their indices; undefined without. */
  readonly labels: readonly string[] | undefined;
}

/** The most classes of a row: they are sorted at once. */
const MAX_COUNT = 32_768;

/** The elements that are looked at in one step. */
const STEP_ELEMENTS = 65_536;

/** The elements of an output: all numbers, or all BigInts. */
type Elements = ArrayLike<number | bigint>;

/**
 * Returns the classes of an output: of each row, or else of all elements, the greatest as texts
 * `value:index[:label]`, the greatest first. Equal elements are in the order of their indices, and
 * NaN counts as -Infinity.
 *
 * @throws ServiceError `invalid_argument` for an output of BYTES, and for more than 32,768 classes
 */
export async function classify(
  { dtype, shape, data }: Tensor,
  { name, count, isBatched, labels = [] }: Classification,
  signal?: AbortSignal,
): Promise<Tensor<"string">> {
  if (Array.isArray(data)) {
    throw invalidArgument(`Output ${quote(name)} is of BYTES, which have no classification`);
  }
  const [rows = 1] = isBatched ? shape : [1];
  const width = isBatched ? sizeOf(shape.slice(1)) : data.length;
  const kept = Math.min(count, width);
  if (kept > MAX_COUNT) {
    throw invalidArgument(
      `Output ${quote(name)}: its classification may be of at most ${MAX_COUNT} classes, but ` +
        `${count} were requested`,
    );
  }
  const valueText = writerOf(dtype);
  const textOf = (at: number, index: number): string => {
    const label = labels[index];
    return `${valueText(data[at] ?? 0)}:${index}${label === undefined ? "" : `:${label}`}`;
  };
  const steps = textsOf(data, { rows, width, kept, textOf });
  const isSmall = data.length <= STEP_ELEMENTS;
  const texts = isSmall ? finish(steps) : await finishInTurns(steps, signal);
  return { dtype: "string", shape: isBatched ? [rows, kept] : [kept], data: texts };
}

interface Rows {
  readonly rows: number;
  readonly width: number;
  readonly kept: number;
  /**
   * @param at the position of an element in the data
   * @param index its index in its row
   */
  textOf(at: number, index: number): string;
}

function* textsOf(data: Elements, { rows, width, kept, textOf }: Rows): Steps<string[]> {
  const texts: string[] = [];
  for (let begin = 0; begin < rows * width; begin += width) {
    const greatest = new Greatest(data, kept);
    for (let at = begin; at < begin + width; at++) {
      greatest.add(at);
      if (at % STEP_ELEMENTS === STEP_ELEMENTS - 1) yield;
    }
    for (const at of greatest.sorted()) texts.push(textOf(at, at - begin));
  }
  return texts;
}

/** Keeps the positions of the greatest elements of a row. */
class Greatest {
  readonly #data: Elements;
  readonly #count: number;
  /** At least the greatest so far, and at most as many again. */
  #kept: number[] = [];
  /** An element that is not greater is none of the greatest, once there are enough. */
  #bound: number | bigint = Number.NEGATIVE_INFINITY;
  #isBounded = false;

  constructor(data: Elements, count: number) {
    this.#data = data;
    this.#count = count;
  }

  add(at: number): void {
    if (this.#isBounded && !((this.#data[at] ?? 0) > this.#bound)) return;
    this.#kept.push(at);
    if (this.#kept.length >= 2 * this.#count) this.sorted();
  }

  /** Returns the positions, that of the greatest element first. */
  sorted(): readonly number[] {
    this.#kept.sort((a, b) => this.#compare(a, b));
    this.#kept.length = Math.min(this.#kept.length, this.#count);
    if (this.#kept.length === this.#count) {
      this.#isBounded = true;
      this.#bound = this.#valueAt(this.#kept.at(-1) ?? 0);
    }
    return this.#kept;
  }

  #compare(a: number, b: number): number {
    const one = this.#valueAt(a);
    const other = this.#valueAt(b);
    if (one === other) return a - b;
    return one > other ? -1 : 1;
  }

  #valueAt(at: number): number | bigint {
    const value = this.#data[at] ?? 0;
    return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
  }
}

/** The least and the most digits of the shortest decimal that reads back as the same float. */
const DIGITS: Partial<Readonly<Record<DType, readonly [least: number, most: number]>>> = {
  float16: [3, 5],
  float32: [6, 9],
};

/** Returns a function that writes an element of a dtype with no more digits than it has. */
function writerOf(dtype: DType): (value: number | bigint | string) => string {
  const digits = DIGITS[dtype];
  if (digits === undefined) return String;
  const [least, most] = digits;
  const rounded = allocate(dtype, 1) as Float32Array;
  return (value) => {
    for (let count = least; count < most; count++) {
      const short = Number(Number(value).toPrecision(count));
      rounded[0] = short;
      if (rounded[0] === value) return String(short);
    }
    return String(Number(Number(value).toPrecision(most)));
  };
}
