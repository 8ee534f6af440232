/**
 * The schemas of the elements of tensors: the JSON values that are read as one, and those that are
 * written.
 * @module
 */

import { elementRange, isFloat } from "../io/tensor/element.ts";
import type { NonFinite } from "../io/tensor/writer.ts";
import type { DType } from "../tensor.ts";
import type { JsonSchema } from "./json-schema.ts";

/** The words for the floats that JSON has no numbers for. */
const WORDS: JsonSchema = { type: "string", enum: ["NaN", "Infinity", "-Infinity"] };

/** The digits of an integer of 64 bits. */
const DIGITS: JsonSchema = { type: "string", pattern: "^-?[0-9]{1,20}$" };

const BOOLEAN: JsonSchema = { type: "boolean" };

/**
 * Returns the schema of an element in a request.
 *
 * @param enforce true if values that would have to be cast are refused
 */
export function readElement(dtype: DType, enforce: boolean): JsonSchema {
  if (dtype === "string") return { type: "string" };
  if (dtype === "bool") {
    return enforce ? BOOLEAN : { anyOf: [BOOLEAN, cast({ type: "number" }, dtype)] };
  }
  if (isFloat(dtype)) return readFloat(dtype, enforce);
  const { min, max } = elementRange(dtype);
  const own = writtenInteger(dtype);
  const isLong = typeof min === "bigint";
  const others = isLong ? [DIGITS] : [];
  if (enforce) return others.length === 0 ? own : { anyOf: [own, ...others] };
  const range: JsonSchema = isLong
    ? { minimum: min, maximum: max }
    : { exclusiveMinimum: Number(min) - 1, exclusiveMaximum: Number(max) + 1 };
  const truncated = cast({ type: "number", ...range }, dtype);
  return { anyOf: [own, ...others, truncated, cast(BOOLEAN, dtype)] };
}

function readFloat(dtype: "float16" | "float32" | "float64", enforce: boolean): JsonSchema {
  const own = writtenFloat(dtype);
  if (!enforce) return { anyOf: [own, WORDS, cast(BOOLEAN, dtype)] };
  const { overflow } = elementRange(dtype);
  const bounds: JsonSchema = Number.isFinite(overflow)
    ? { exclusiveMinimum: -Number(overflow), exclusiveMaximum: Number(overflow) }
    : {};
  return { anyOf: [{ ...own, ...bounds }, WORDS] };
}

/** Returns the schema of an element in an answer. */
export function writtenElement(dtype: DType, nonFinite: NonFinite): JsonSchema {
  if (dtype === "string") return { type: "string" };
  if (dtype === "bool") return BOOLEAN;
  if (!isFloat(dtype)) return writtenInteger(dtype);
  const own = writtenFloat(dtype);
  switch (nonFinite) {
    case "null":
      return { anyOf: [own, { type: "null", description: "NaN or Infinity" }] };
    case "string":
      return { anyOf: [own, WORDS] };
    case "literal":
      return {
        ...own,
        description: "NaN, Infinity and -Infinity are written without quotes, which is not JSON",
      };
  }
}

function writtenInteger(dtype: Exclude<DType, "string" | "bool">): JsonSchema {
  const { min, max } = elementRange(dtype);
  return { type: "integer", format: dtype, minimum: min, maximum: max };
}

/** Returns a number with the name that OpenAPI's registry has for its size. */
function writtenFloat(dtype: "float16" | "float32" | "float64"): JsonSchema {
  const format = { float16: "half", float32: "float", float64: "double" }[dtype];
  return { type: "number", format };
}

function cast(schema: JsonSchema, dtype: DType): JsonSchema {
  return { ...schema, description: `Cast to ${dtype}` };
}
