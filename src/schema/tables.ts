/**
 * The schemas of data frames and series as JSON, in pandas' orients.
 * @module
 */

import type { DataframeSpec, SeriesSpec } from "../io/spec.ts";
import type { DType } from "../tensor.ts";
import type { Side } from "./arrays.ts";
import { readElement } from "./elements.ts";
import { type JsonSchema, ofTypes } from "./json-schema.ts";

const CELL: JsonSchema = ofTypes("string", "number", "boolean", "null");
const LABEL: JsonSchema = ofTypes("string", "number");

/** Returns the schema of a data frame. */
export function frameSchema(spec: DataframeSpec, side: Side): JsonSchema {
  const { orient, columns } = spec;
  const row = rowSchema(spec, side);
  switch (orient) {
    case "records":
      return { type: "array", items: row };
    case "index":
      return { type: "object", additionalProperties: row };
    case "columns":
      return columnsSchema(spec, side);
    case "split": {
      const names: JsonSchema = { type: "array", items: LABEL };
      const data: JsonSchema = { type: "array", items: { type: "array", items: CELL } };
      const index = indexSchema(side);
      return {
        type: "object",
        properties: { columns: names, index, data },
        required: side === "request" ? ["columns", "data"] : ["columns", "index", "data"],
      };
    }
    case "values": {
      const width = columns?.length;
      const bounds = width === undefined || side === "answer" ? { minItems: 1 } : lengthOf(width);
      return { type: "array", items: { type: "array", items: CELL, ...bounds } };
    }
  }
}

/** Returns the schema of a row by the names of its columns. */
function rowSchema(spec: DataframeSpec, side: Side): JsonSchema {
  return {
    type: "object",
    ...named(spec, (name) => cellSchema(spec, name, side)),
    additionalProperties: CELL,
    // A row without columns is no row.
    ...(spec.columns === undefined && side === "request"
      ? { description: "The cells of a row, by column; a cell that is missing is null" }
      : {}),
  };
}

function columnsSchema(spec: DataframeSpec, side: Side): JsonSchema {
  const ofCells = (cell: JsonSchema): JsonSchema => {
    const byLabel: JsonSchema = { type: "object", additionalProperties: cell };
    return side === "answer" ? byLabel : { anyOf: [byLabel, { type: "array", items: cell }] };
  };
  return {
    type: "object",
    ...named(spec, (name) => ofCells(cellSchema(spec, name, side))),
    additionalProperties: ofCells(CELL),
  };
}

/** Returns the properties of the columns that are known. Those of `columns` must be there. */
function named(
  { columns, dtype = {} }: DataframeSpec,
  schemaOf: (name: string) => JsonSchema,
): JsonSchema {
  const names = columns ?? Object.keys(dtype);
  if (names.length === 0) return {};
  return {
    properties: Object.fromEntries(names.map((name) => [name, schemaOf(name)])),
    ...(columns === undefined ? {} : { required: columns }),
  };
}

function cellSchema({ dtype = {}, enforceDtype }: DataframeSpec, name: string, side: Side) {
  const own = Object.hasOwn(dtype, name) ? dtype[name] : undefined;
  // The cells of an answer are not converted.
  return own === undefined || side === "answer" ? CELL : nullable(own, enforceDtype);
}

/** Returns the schema of a cell of a dtype. */
function nullable(dtype: DType, enforce: boolean): JsonSchema {
  if (dtype === "string") return enforce ? ofTypes("string", "null") : CELL;
  const element = readElement(dtype, enforce);
  return { anyOf: [...(element.anyOf ?? [element]), { type: "null" }] };
}

/** Returns the schema of a series. */
export function seriesSchema(spec: SeriesSpec, side: Side): JsonSchema {
  const { orient, dtype, shape, enforceDtype, enforceShape } = spec;
  const isCast = dtype !== undefined && (side === "request" || enforceDtype);
  const cell = isCast ? nullable(dtype, enforceDtype) : CELL;
  const [length = -1] = enforceShape && shape !== undefined ? shape : [];
  const cells: JsonSchema = {
    type: "array",
    items: cell,
    ...(length === -1 ? {} : lengthOf(length)),
  };
  if (orient === "index") return { type: "object", additionalProperties: cell };
  if (orient !== "split") return cells;
  return {
    type: "object",
    properties: {
      name: ofTypes("string", "number", "null"),
      index: indexSchema(side),
      data: cells,
    },
    required: side === "request" ? ["data"] : ["name", "index", "data"],
  };
}

/** Returns the schema of the labels of rows, which are ignored in requests. */
function indexSchema(side: Side): JsonSchema {
  return side === "request" ? {} : { type: "array", items: { type: "integer" } };
}

function lengthOf(length: number): JsonSchema {
  return { minItems: length, maxItems: length };
}
