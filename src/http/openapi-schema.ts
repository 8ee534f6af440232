/**
 * The schemas of the bodies of a descriptor, for OpenAPI's documents.
 * @module
 */

import type { Io } from "../io/io.ts";
import type {
  DataframeSpec,
  IoSpec,
  NamedTensorsSpec,
  NdarraySpec,
  SeriesSpec,
} from "../io/spec.ts";
import { PARQUET_TYPE } from "../io/table/parquet/metadata.ts";
import { NPY_TYPE, RAW_TYPE } from "../io/tensor/body.ts";
import type { DType } from "../tensor.ts";

/** A Schema Object of OpenAPI 3.0. An empty one matches any value. */
export interface Schema {
  readonly type?: "array" | "boolean" | "number" | "object" | "string";
  readonly format?: "binary";
  readonly nullable?: true;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | false;
  readonly description?: string;
}

/** A Media Type Object by each media type that a body may have. */
export type MediaTypes = Readonly<Record<string, { readonly schema: Schema }>>;

const TEXT: Schema = { type: "string" };
const BINARY: Schema = { type: "string", format: "binary" };
const ANY: Schema = {};

/** Returns the bodies that an API accepts. */
export function requestContent(io: Io<unknown, never>): MediaTypes {
  const { spec } = io;
  return spec?.kind === "image" ? binary(spec.allowedMimeTypes) : responseContent(io);
}

/** Returns the bodies of the answers of an API: its default, and others that callers may choose. */
export function responseContent({ spec, mediaType }: Io<unknown, never>): MediaTypes {
  const own = { [typeOf(spec, mediaType)]: { schema: schemaOf(spec) } };
  switch (spec?.kind) {
    case "ndarray":
      return {
        ...own,
        ...binary(spec.dtype === "string" ? [NPY_TYPE] : [NPY_TYPE, RAW_TYPE]),
      };
    case "dataframe":
      return { ...own, ...tableContent(spec) };
    default:
      return own;
  }
}

/** Returns the formats of a table. */
function tableContent(spec: DataframeSpec): MediaTypes {
  return {
    "application/json": { schema: tableSchema({ ...spec, defaultFormat: "json" }) },
    "text/csv": { schema: TEXT },
    ...binary([PARQUET_TYPE]),
  };
}

function binary(types: readonly string[]): MediaTypes {
  return Object.fromEntries(types.map((type) => [type, { schema: BINARY }]));
}

/** Returns a media type without parameters; any type for a `file()` without one. */
function typeOf(spec: IoSpec | undefined, mediaType: string): string {
  if (spec?.kind === "file" && spec.mimeType === undefined) return "*/*";
  return mediaType.split(";", 1)[0] ?? mediaType;
}

function schemaOf(spec: IoSpec | undefined): Schema {
  switch (spec?.kind) {
    case "text":
      return TEXT;
    case "ndarray":
      return arraySchema(spec);
    case "dataframe":
      return tableSchema(spec);
    case "series":
      return seriesSchema(spec);
    case "file":
    case "image":
      return BINARY;
    case "namedTensors":
      return namedSchema(spec);
    case "multipart": {
      const fields = Object.entries(spec.fields);
      const properties = fields.map(([name, field]) => [name, schemaOf(field.spec)] as const);
      return {
        type: "object",
        properties: Object.fromEntries(properties),
        required: fields.map(([name]) => name),
      };
    }
    default:
      return ANY;
  }
}

/** Returns the schema of tensors by name, each with any number of axes. */
function namedSchema({ dtypes }: NamedTensorsSpec): Schema {
  const described = (dtype?: string): Schema => ({
    description: `A tensor${dtype === undefined ? "" : ` of dtype ${dtype}`}, as nested arrays`,
  });
  if (dtypes === "any") return { type: "object", additionalProperties: described() };
  const properties = Object.entries(dtypes).map(([name, dtype]) => [name, described(dtype)]);
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    additionalProperties: false,
  };
}

/** Returns the schema of nested arrays, one level for each axis of the shape. */
function arraySchema({ dtype, shape }: NdarraySpec): Schema {
  const element: Schema = dtype === undefined ? ANY : { type: jsonTypeOf(dtype) };
  // Without a shape, it may also be a single element.
  if (shape === undefined) return ANY;
  return shape.reduce<Schema>((items) => ({ type: "array", items }), element);
}

function jsonTypeOf(dtype: DType): "boolean" | "number" | "string" {
  if (dtype === "bool") return "boolean";
  return dtype === "string" ? "string" : "number";
}

function tableSchema({ orient, defaultFormat }: DataframeSpec): Schema {
  if (defaultFormat === "csv") return TEXT;
  if (defaultFormat === "parquet") return BINARY;
  if (orient === "records") return { type: "array", items: { type: "object" } };
  if (orient === "values") return { type: "array", items: { type: "array", items: ANY } };
  return { type: "object" };
}

/** Returns the schema of a series, whose cells may be null. */
function seriesSchema({ orient, dtype }: SeriesSpec): Schema {
  if (orient === "index" || orient === "split") return { type: "object" };
  const cell: Schema = dtype === undefined ? ANY : { type: jsonTypeOf(dtype), nullable: true };
  return { type: "array", items: cell };
}
