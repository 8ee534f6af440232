/**
 * Tensors to JSON texts.
 * @module
 */
import type { DType, Tensor, TensorData } from "../../tensor.ts";
import { nextTurn } from "../../turns.ts";
import { ByteWriter } from "../byte-writer.ts";
import type { IoHost } from "../io.ts";

/**
 * The form of NaN and Infinity in JSON: `null`, as in pandas; the strings `"NaN"`, `"Infinity"` and
 * `"-Infinity"`, as in protobuf; or the same words without quotes, which is not JSON, but is
 * written and read by Python.
 */
export type NonFinite = "null" | "string" | "literal";

const ENCODER = new TextEncoder();

const NON_FINITE: readonly NonFinite[] = ["null", "string", "literal"];

/** @throws TypeError for any other value */
export function requireNonFinite(value: NonFinite | undefined): void {
  if (value === undefined || NON_FINITE.includes(value)) return;
  throw new TypeError(`nonFinite must be one of ${NON_FINITE.join(", ")}, but was "${value}"`);
}

/** Returns the form of NaN and Infinity for a descriptor without that option. */
export function defaultNonFinite(host: IoHost | undefined): NonFinite {
  return host?.nonFinite ?? "null";
}

/** The elements that are written in one step, which takes a millisecond or two. */
const STEP_ELEMENTS = 8192;

/**
 * Writes a tensor as nested arrays; a scalar without an array. Booleans are `true` and `false`,
 * integers have all their digits, and floats are written as doubles.
 *
 * @returns the text; for a large tensor a promise, as the text is written in turns with other work
 */
export function writeTensor(
  tensor: Tensor,
  nonFinite: NonFinite,
  host?: IoHost,
): Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>> {
  const isSmall = tensor.data.length <= STEP_ELEMENTS;
  if (isSmall) return ENCODER.encode(new TensorText(tensor, nonFinite).next());
  const target = new ByteWriter();
  const writer = new TensorWriter(tensor, nonFinite, target);
  return inTurns(writer, host).then(() => target.finish());
}

/** Writes a tensor to its end, in turns with other work. */
export async function inTurns(writer: TensorWriter, host?: IoHost): Promise<void> {
  do {
    await nextTurn(host?.signal);
  } while (!writer.write());
}

/** Writes one tensor. */
export class TensorWriter {
  readonly #text: TensorText;
  readonly #target: ByteWriter;

  constructor(tensor: Tensor, nonFinite: NonFinite, target: ByteWriter) {
    this.#text = new TensorText(tensor, nonFinite);
    this.#target = target;
  }

  /** Writes the next elements, at most `STEP_ELEMENTS`. Returns true at the end. */
  write(): boolean {
    this.#target.text(this.#text.next());
    return this.#text.isComplete;
  }
}

/** The text of one tensor, in pieces. */
class TensorText {
  readonly #shape: readonly number[];
  readonly #length: number;
  readonly #toText: ToText;
  /** The number of elements between brackets of each axis, innermost first. */
  readonly #strides: readonly number[];
  #at = 0;

  constructor({ dtype, shape, data }: Tensor, nonFinite: NonFinite) {
    this.#shape = shape;
    this.#length = data.length;
    this.#toText = textOf(dtype, data, nonFinite);
    let stride = 1;
    this.#strides = shape.toReversed().map((length) => {
      stride *= length;
      return stride;
    });
  }

  get isComplete(): boolean {
    return this.#at === this.#length;
  }

  /** Returns the text of the next elements, at most `STEP_ELEMENTS`. */
  next(): string {
    if (this.#length === 0) return emptyArrays(this.#shape, 0);
    const row = this.#shape.at(-1) ?? 1;
    const limit = Math.min(this.#length, this.#at + STEP_ELEMENTS);
    let text = "";
    while (this.#at < limit) {
      const begin = this.#at;
      const end = Math.min(limit, begin - (begin % row) + row);
      if (begin > 0) text += ",";
      text += "[".repeat(this.#boundaries(begin)) + this.#toText(begin, end);
      text += "]".repeat(this.#boundaries(end));
      this.#at = end;
    }
    return text;
  }

  /** Returns the number of axes that begin or end at an element. */
  #boundaries(at: number): number {
    let count = 0;
    // The strides of outer axes are multiples of those of inner ones.
    while (count < this.#strides.length && at % (this.#strides[count] ?? 1) === 0) count += 1;
    return count;
  }
}

/** Returns `[[],[]]` for the shape [2, 0]. */
function emptyArrays(shape: readonly number[], axis: number): string {
  const length = shape[axis] ?? 0;
  if (length === 0 || axis === shape.length - 1) return "[]";
  return `[${new Array(length).fill(emptyArrays(shape, axis + 1)).join(",")}]`;
}

/** Returns the elements `begin` to `end`, joined by commas. */
type ToText = (begin: number, end: number) => string;

function textOf(dtype: DType, data: TensorData[DType], nonFinite: NonFinite): ToText {
  if (Array.isArray(data)) return (begin, end) => joined(data.slice(begin, end));
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return (begin, end) => data.subarray(begin, end).join(",");
  }
  if (dtype === "bool") {
    return (begin, end) => joined(Array.from(data.subarray(begin, end), Boolean));
  }
  if (!dtype.startsWith("float")) return (begin, end) => data.subarray(begin, end).join(",");
  return (begin, end) => {
    // `JSON.stringify` writes doubles faster than `join()` does.
    const row = new Array<number>(end - begin);
    let sum = 0;
    for (let i = 0; i < row.length; i++) {
      const element = data[begin + i] ?? 0;
      row[i] = element;
      sum += element - element; // NaN, once an element is not finite
    }
    if (nonFinite === "null" || sum === 0) return joined(row);
    return data
      .subarray(begin, end)
      .join(",")
      .replace(/NaN|-?Infinity/g, wordOf[nonFinite]);
  };
}

function joined(row: readonly unknown[]): string {
  return JSON.stringify(row).slice(1, -1);
}

const wordOf = {
  string: (word: string) => `"${word}"`,
  literal: (word: string) => word,
} as const;
