/**
 * Tensors to JSON texts.
 * @module
 */
import { type DType, elements, type Tensor, type TensorData } from "../../tensor.ts";
import { nextTurn } from "../../turns.ts";
import { ByteWriter } from "../byte-writer.ts";
import type { IoHost } from "../io.ts";

/**
 * The form of NaN and Infinity in JSON: `null`, as in pandas; the strings `"NaN"`, `"Infinity"` and
 * `"-Infinity"`, as in protobuf; or the same words without quotes, which is not JSON, but is
 * written and read by Python.
 */
export type NonFinite = "null" | "string" | "literal";

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
  const target = new ByteWriter();
  const writer = new TensorWriter(tensor, nonFinite, target);
  if (tensor.data.length > STEP_ELEMENTS) {
    return inTurns(writer, host).then(() => target.finish());
  }
  while (!writer.write());
  return target.finish();
}

/** Writes a tensor to its end, in turns with other work. */
export async function inTurns(writer: TensorWriter, host?: IoHost): Promise<void> {
  do {
    await nextTurn(host?.signal);
  } while (!writer.write());
}

/** Writes one tensor. */
export class TensorWriter {
  readonly #shape: readonly number[];
  readonly #data: TensorData[DType];
  readonly #toText: (begin: number, end: number) => string;
  readonly #target: ByteWriter;
  /** The number of elements between brackets of each axis, innermost first. */
  readonly #strides: readonly number[];
  #at = 0;

  constructor({ dtype, shape, data }: Tensor, nonFinite: NonFinite, target: ByteWriter) {
    this.#shape = shape;
    this.#data = data;
    this.#toText = textOf(dtype, data, nonFinite);
    this.#target = target;
    this.#strides = shape.map((_, axis) =>
      shape.slice(axis).reduce((product, length) => product * length, 1),
    );
  }

  /** Writes the next elements, some thousand at most. Returns true at the end. */
  write(): boolean {
    if (this.#data.length === 0) {
      this.#target.text(emptyArrays(this.#shape, 0));
      return true;
    }
    const row = this.#shape.at(-1) ?? 1;
    const limit = Math.min(this.#data.length, this.#at + STEP_ELEMENTS);
    const pieces: string[] = [];
    while (this.#at < limit) {
      const begin = this.#at;
      const end = Math.min(limit, begin - (begin % row) + row);
      if (begin > 0) pieces.push(",");
      pieces.push("[".repeat(this.#boundaries(begin)), this.#toText(begin, end));
      pieces.push("]".repeat(this.#boundaries(end)));
      this.#at = end;
    }
    this.#target.text(pieces.join(""));
    return this.#at === this.#data.length;
  }

  /** Returns the number of axes that begin or end at an element. */
  #boundaries(at: number): number {
    let count = 0;
    for (const stride of this.#strides) if (at % stride === 0) count += 1;
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
function textOf(
  dtype: DType,
  data: TensorData[DType],
  nonFinite: NonFinite,
): (begin: number, end: number) => string {
  const part = (begin: number, end: number) => elements(data, begin, end);
  if (Array.isArray(data)) {
    return (begin, end) =>
      data
        .slice(begin, end)
        .map((each) => JSON.stringify(each))
        .join(",");
  }
  if (dtype === "bool") {
    return (begin, end) => Array.from<unknown, boolean>(part(begin, end), Boolean).join(",");
  }
  if (!dtype.startsWith("float")) return (begin, end) => part(begin, end).join(",");
  return (begin, end) => {
    const text = part(begin, end).join(",");
    // Both words have an N or an I; no number does.
    return /[NI]/.test(text) ? text.replace(/NaN|-?Infinity/g, wordOf[nonFinite]) : text;
  };
}

const wordOf = {
  null: () => "null",
  string: (word: string) => `"${word}"`,
  literal: (word: string) => word,
} as const;
