/**
 * The schemas of tensors as nested JSON arrays.
 * @module
 */

import type { NonFinite } from "../io/tensor/writer.ts";
import type { DType } from "../tensor.ts";
import { readElement, writtenElement } from "./elements.ts";
import type { Definitions, JsonSchema } from "./json-schema.ts";

/** The direction in which a value goes, since requests may have forms that answers do not have. */
export type Side = "request" | "answer";

/** The facts of an array that its schema depends on. */
export interface ArrayFacts {
  /** Undefined for any dtype. */
  readonly dtype: DType | undefined;
  /** The length of each axis, -1 for any; undefined for any shape. */
  readonly shape: readonly number[] | undefined;
  readonly enforceDtype: boolean;
  readonly enforceShape: boolean;
  readonly nonFinite: NonFinite;
}

/** Returns the schema of nested arrays. That all rows are equally long, no schema can say. */
export function arraySchema(facts: ArrayFacts, side: Side, definitions: Definitions): JsonSchema {
  const { shape, enforceShape } = facts;
  const nested = () => anyShape(facts, side, definitions);
  if (shape === undefined) return nested();
  const element = elementOf(facts, side);
  if (element === undefined) return enforceShape ? ofKinds(facts, side, shape) : nested();
  const own = ofShape(element, shape);
  if (enforceShape) return own;
  const why = `Reshaped to ${JSON.stringify(shape)} if it has as many elements, or left as it is`;
  return side === "request" ? { anyOf: [own, { ...nested(), description: why }] } : nested();
}

/** Returns the schema of an element; undefined if it may be of several kinds, but all of one. */
function elementOf(facts: ArrayFacts, side: Side): JsonSchema | undefined {
  const { dtype, enforceDtype, nonFinite } = facts;
  if (dtype === undefined) return undefined;
  return side === "request" ? readElement(dtype, enforceDtype) : writtenElement(dtype, nonFinite);
}

/** The dtypes of the kinds of elements that JSON tells apart. */
const KINDS: readonly DType[] = ["float64", "bool", "string"];

/** Returns the schema of arrays of a shape whose elements are all numbers, booleans or strings. */
function ofKinds(facts: ArrayFacts, side: Side, shape: readonly number[]): JsonSchema {
  const kinds = KINDS.map((dtype) => ({ ...facts, dtype, enforceDtype: true }));
  return { anyOf: kinds.map((each) => ofShape(elementOf(each, side) ?? {}, shape)) };
}

/** Returns the schema of arrays of a shape, one level for each axis. */
export function ofShape(element: JsonSchema, shape: readonly number[]): JsonSchema {
  return shape.reduceRight<JsonSchema>((items, length, axis) => {
    if (length !== -1) return { type: "array", items, minItems: length, maxItems: length };
    // An empty array is the last axis.
    return { type: "array", items, ...(axis < shape.length - 1 ? { minItems: 1 } : {}) };
  }, element);
}

/** Returns the schema of an element, or of arrays of any depth. */
function anyShape(facts: ArrayFacts, side: Side, definitions: Definitions): JsonSchema {
  const { dtype } = facts;
  if (dtype === undefined) {
    return definitions.define(`${side === "request" ? "Any" : "Answered"}Tensor`, () => ({
      description: "Nested arrays whose elements are all numbers, all booleans or all strings",
      anyOf: KINDS.map((kind) =>
        anyShape({ ...facts, dtype: kind, enforceDtype: true }, side, definitions),
      ),
    }));
  }
  return definitions.define(nameOf(facts, dtype, side), (self) => ({
    description: `A tensor of ${dtype}: nested arrays, in which all rows are equally long`,
    anyOf: [elementOf(facts, side) ?? {}, { type: "array", items: self }],
  }));
}

/** Returns a name for each kind of elements. */
function nameOf(facts: ArrayFacts, dtype: DType, side: Side): string {
  const { enforceDtype, nonFinite } = facts;
  const name = `${dtype.slice(0, 1).toUpperCase()}${dtype.slice(1)}Tensor`;
  if (dtype === "string") return name;
  if (side === "request") return enforceDtype ? `Exact${name}` : `Castable${name}`;
  if (!dtype.startsWith("float")) return name;
  return { null: name, string: `${name}WithWords`, literal: `${name}WithLiterals` }[nonFinite];
}
