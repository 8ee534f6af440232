/**
 * Tensors from JSON texts.
 * @module
 */
import type { DType, Tensor } from "../../tensor.ts";
import { nextTurn } from "../../turns.ts";
import type { IoHost } from "../io.ts";
import { hasByteOrderMark, isSpace, unexpected } from "../json/error.ts";
import { numberRuns } from "../json/number-runs.ts";
import { parsePlain } from "../json/plain.ts";
import type { JsonSpan } from "../json/span.ts";
import { copyOfBlock, runOptions } from "./blocks.ts";
import { fromNested, type NestedOptions } from "./nested.ts";
import { TensorReader } from "./reader.ts";

const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;

/** The bytes that are read in one step. */
export const STEP_BYTES: number = 64 * 1024;

/**
 * Reads a tensor from nested JSON arrays by the rules of `fromNested`: a small one at once, a large
 * one in turns with other work. Numbers are written from the bytes straight into the data, so that
 * reading takes no other memory than the tensor's.
 *
 * Bare `NaN`, `Infinity` and `-Infinity` are floats, as Python writes them, and integers may have
 * as many digits as their dtype has. Without a dtype, whole numbers are `int64` if one of them is
 * beyond ±(2^53-1), or `uint64` if only that holds them; beside fractions they are `float64`, as in
 * NumPy.
 *
 * @throws ServiceError `invalid_argument` with the position and the index path of an error; the
 *   signal's reason when it is aborted
 */
export function readTensor<D extends DType>(
  bytes: Uint8Array,
  dtype?: D,
  options?: NestedOptions,
  host?: IoHost,
): Tensor<D> | Promise<Tensor<D>> {
  const small = smallTensor(bytes, dtype, options);
  if (small !== undefined) return small as Tensor<D>;
  const reader = new TensorReader(bytes, hasByteOrderMark(bytes) ? 3 : 0, dtype, options);
  const finish = (): Tensor<D> => {
    requireEnd(bytes, reader.end);
    return reader.finish() as Tensor<D>;
  };
  return bytes.length > STEP_BYTES ? inTurns(reader, host).then(finish) : atOnce(reader, finish);
}

/**
 * Reads a tensor as `readTensor()` does, from an array inside a text.
 *
 * @param span the place of the array, whose end has been found by its brackets
 */
export function readTensorAt<D extends DType>(
  bytes: Uint8Array,
  { begin, end }: JsonSpan,
  dtype: D,
  options?: NestedOptions,
  host?: IoHost,
): Tensor<D> | Promise<Tensor<D>> {
  const small = smallTensor(bytes.subarray(begin, end), dtype, options);
  if (small !== undefined) return small as Tensor<D>;
  const reader = new TensorReader(bytes, begin, dtype, options);
  const finish = (): Tensor<D> => reader.finish() as Tensor<D>;
  return end - begin > STEP_BYTES ? inTurns(reader, host).then(finish) : atOnce(reader, finish);
}

/** Returns the tensor of a small text, or `undefined` if the reader must read it. */
function smallTensor(
  bytes: Uint8Array,
  dtype: DType | undefined,
  options: NestedOptions | undefined,
): Tensor | undefined {
  if (bytes.length > STEP_BYTES) return undefined;
  if (dtype === "string") return plainTensor(bytes, dtype, options);
  const runs = numberRuns();
  if (runs === undefined) return plainTensor(bytes, dtype, options);
  const made = dtype ?? "float64";
  const count = runs.readAll(bytes, runOptions(made));
  if (count >= 0) return { dtype: made, shape: runs.shape(), data: copyOfBlock(made, count) };
  // `JSON.parse` is the fastest reader of strings.
  return dtype === undefined && isOfStrings(bytes) ? plainTensor(bytes, dtype, options) : undefined;
}

function isOfStrings(bytes: Uint8Array): boolean {
  let at = 0;
  while (bytes[at] === OPEN_BRACKET || isSpace(bytes[at])) at += 1;
  return bytes[at] === QUOTE;
}

/** Returns the tensor of a small text as `JSON.parse` reads it; `undefined` if it cannot. */
function plainTensor(
  bytes: Uint8Array,
  dtype: DType | undefined,
  options: NestedOptions | undefined,
): Tensor | undefined {
  const value = parsePlain(bytes);
  if (value === undefined) return undefined;
  try {
    return fromNested(value, dtype, options);
  } catch {
    return undefined; // The reader reports the position.
  }
}

/** Reads a tensor to its end, in turns with other work. */
export async function inTurns(reader: TensorReader, host?: IoHost): Promise<void> {
  do {
    await nextTurn(host?.signal);
  } while (!reader.read(STEP_BYTES));
}

/** @throws ServiceError `invalid_argument` if more than white space follows a value */
export function requireEnd(bytes: Uint8Array, end: number): void {
  let at = end;
  while (isSpace(bytes[at])) at += 1;
  if (at < bytes.length) throw unexpected(bytes, at);
}

function atOnce<T>(reader: TensorReader, finish: () => T): T {
  while (!reader.read(Number.POSITIVE_INFINITY));
  return finish();
}
