/**
 * What crosses the wire for a descriptor, as OpenAPI's documents say it.
 * @module
 */

import type {
  DataframeDescriptor,
  Descriptor,
  JsonDescriptor,
  NdarrayDescriptor,
  SeriesDescriptor,
} from "../io/descriptor.ts";
import type { Io } from "../io/io.ts";
import { PARQUET_TYPE } from "../io/table/parquet/metadata.ts";
import type { NumpyName } from "../io/tensor/array-options.ts";
import { NPY_TYPE, RAW_TYPE } from "../io/tensor/body.ts";

/** A Schema Object of OpenAPI 3.0. One without anything is any value. */
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
export type Content = Readonly<Record<string, { readonly schema: Schema }>>;

const TEXT: Schema = { type: "string" };
const BINARY: Schema = { type: "string", format: "binary" };
const ANY: Schema = {};

/** The bodies that an API takes. */
export function requestContent(io: Io<unknown, never>): Content {
  const { descriptor } = io;
  if (descriptor?.id !== "bentoml.io.Image") return responseContent(io);
  return binary(descriptor.args.allowed_mime_types);
}

/** The bodies that an API answers with: the first one, or another that the caller accepts. */
export function responseContent({ descriptor, mediaType }: Io<unknown, never>): Content {
  const own = { [typeOf(descriptor, mediaType)]: { schema: schemaOf(descriptor) } };
  switch (descriptor?.id) {
    case "bentoml.io.NumpyNdarray":
      return {
        ...own,
        ...binary(descriptor.args.dtype === "str" ? [NPY_TYPE] : [NPY_TYPE, RAW_TYPE]),
      };
    case "bentoml.io.PandasDataFrame":
      return { ...own, ...tableContent(descriptor.args) };
    default:
      return own;
  }
}

/** A table in each format. */
function tableContent(args: DataframeDescriptor["args"]): Content {
  return {
    "application/json": { schema: tableSchema({ ...args, default_format: "json" }) },
    "text/csv": { schema: TEXT },
    ...binary([PARQUET_TYPE]),
  };
}

function binary(types: readonly string[]): Content {
  return Object.fromEntries(types.map((type) => [type, { schema: BINARY }]));
}

/** Without parameters; and a `file()` of no type is any. */
function typeOf(descriptor: Descriptor | undefined, mediaType: string): string {
  if (descriptor?.id === "bentoml.io.File" && descriptor.args.mime_type === null) return "*/*";
  return mediaType.split(";", 1)[0] ?? mediaType;
}

function schemaOf(descriptor: Descriptor | undefined): Schema {
  switch (descriptor?.id) {
    case "bentoml.io.Text":
      return TEXT;
    case "bentoml.io.NumpyNdarray":
      return arraySchema(descriptor.args);
    case "bentoml.io.PandasDataFrame":
      return tableSchema(descriptor.args);
    case "bentoml.io.PandasSeries":
      return seriesSchema(descriptor.args);
    case "bentoml.io.File":
    case "bentoml.io.Image":
      return BINARY;
    case "bentoml.io.JSON":
      return descriptor.tensors === undefined ? ANY : namedSchema(descriptor.tensors);
    case "bentoml.io.Multipart": {
      const fields = Object.entries(descriptor.fields);
      const properties = fields.map(([name, field]) => [name, schemaOf(field.descriptor)] as const);
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

/** Tensors by name, which may each have any number of axes. */
function namedSchema(tensors: NonNullable<JsonDescriptor["tensors"]>): Schema {
  const described = (dtype?: string): Schema => ({
    description: `A tensor${dtype === undefined ? "" : ` of dtype ${dtype}`}, as nested arrays`,
  });
  if (tensors === "any") return { type: "object", additionalProperties: described() };
  const properties = Object.entries(tensors).map(([name, dtype]) => [name, described(dtype)]);
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    additionalProperties: false,
  };
}

/** Arrays in arrays, as deep as the shape says. */
function arraySchema({ dtype, shape }: NdarrayDescriptor["args"]): Schema {
  const element: Schema = dtype === null ? ANY : { type: jsonTypeOf(dtype) };
  // Without a shape it may be a single element.
  if (shape === null) return ANY;
  return shape.reduce<Schema>((items) => ({ type: "array", items }), element);
}

function jsonTypeOf(dtype: NumpyName): "boolean" | "number" | "string" {
  if (dtype === "bool") return "boolean";
  return dtype === "str" ? "string" : "number";
}

function tableSchema({ orient, default_format }: DataframeDescriptor["args"]): Schema {
  if (default_format === "csv") return TEXT;
  if (default_format === "parquet") return BINARY;
  if (orient === "records") return { type: "array", items: { type: "object" } };
  if (orient === "values") return { type: "array", items: { type: "array", items: ANY } };
  return { type: "object" };
}

/** A cell may be missing. */
function seriesSchema({ orient, dtype }: SeriesDescriptor["args"]): Schema {
  if (orient === "index" || orient === "split") return { type: "object" };
  const cell: Schema = dtype === null ? ANY : { type: jsonTypeOf(dtype), nullable: true };
  return { type: "array", items: cell };
}
