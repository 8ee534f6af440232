/**
 * Tensors as values for JSON, for protocols that carry JSON as messages instead of text.
 * @module
 */
import { elements, type Tensor } from "../../tensor.ts";
import { nest } from "./nested.ts";
import type { NonFinite } from "./writer.ts";

/**
 * Returns a tensor as nested arrays of what `TensorWriter` writes: booleans, numbers, strings, and
 * BigInts for 64-bit integers.
 *
 * @param nonFinite the form of NaN and Infinity; `"literal"`, which is for texts, is the same as
 *   `"string"`
 */
export function toJsonValue({ dtype, shape, data }: Tensor, nonFinite: NonFinite): unknown {
  const part = (begin: number, end: number): readonly unknown[] =>
    Array.from<unknown>(elements(data, begin, end));
  if (dtype === "bool") return nest(shape, (begin, end) => part(begin, end).map(Boolean));
  if (!dtype.startsWith("float")) return nest(shape, part);
  const word = nonFinite === "null" ? () => null : String;
  return nest(shape, (begin, end) =>
    part(begin, end).map((element) => (Number.isFinite(element) ? element : word(element))),
  );
}
