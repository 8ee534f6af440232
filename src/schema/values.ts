/**
 * valueSchema(): the schema of the value of a descriptor, as JSON or as a part of a form.
 * @module
 */

import type { Io } from "../io/io.ts";
import type { IoSpec, NamedTensorsSpec } from "../io/spec.ts";
import { PARQUET_TYPE } from "../io/table/parquet/media-type.ts";
import type { NonFinite } from "../io/tensor/writer.ts";
import { arraySchema, type Side } from "./arrays.ts";
import { ANY, type Definitions, type JsonSchema } from "./json-schema.ts";
import { standardSchema } from "./standard.ts";
import { frameSchema, seriesSchema } from "./tables.ts";

/** The place of a descriptor in a document. */
export interface Place {
  readonly side: Side;
  /** A name for what needs one. */
  readonly name: string;
  readonly definitions: Definitions;
  /** The form of NaN and Infinity for descriptors without that option. */
  readonly nonFinite: NonFinite;
}

/** Returns the schema of bytes of a media type. */
export function binary(contentMediaType: string): JsonSchema {
  return { type: "string", format: "binary", contentMediaType };
}

/** Returns the schema of the value of a descriptor; one of another making has any. */
export function valueSchema({ spec }: Io<unknown, never>, place: Place): JsonSchema {
  return spec === undefined ? ANY : schemaOf(spec, place);
}

function schemaOf(spec: IoSpec, place: Place): JsonSchema {
  const { side, name, definitions } = place;
  switch (spec.kind) {
    case "text":
      return { type: "string" };
    case "json":
      return spec.schema === undefined ? ANY : standardSchema(spec.schema, name, definitions);
    case "ndarray": {
      const nonFinite = spec.nonFinite ?? place.nonFinite;
      return arraySchema({ ...spec, nonFinite }, side, definitions);
    }
    case "namedTensors":
      return namedSchema(spec, place);
    case "dataframe":
      if (spec.defaultFormat === "csv") return { type: "string", minLength: 1 };
      return spec.defaultFormat === "parquet" ? binary(PARQUET_TYPE) : frameSchema(spec, side);
    case "series":
      return seriesSchema(spec, side);
    case "file":
      return binary(spec.mimeType ?? "application/octet-stream");
    case "image":
      return binary(side === "request" ? spec.allowedMimeTypes.join(", ") : spec.mimeType);
    case "multipart":
      return formSchema(spec.fields, place);
  }
}

/** Returns the schema of tensors by name. */
function namedSchema(spec: NamedTensorsSpec, place: Place): JsonSchema {
  const { side, definitions } = place;
  const nonFinite = spec.nonFinite ?? place.nonFinite;
  const facts = { shape: undefined, enforceDtype: false, enforceShape: false, nonFinite };
  const anyTensor = () => arraySchema({ ...facts, dtype: undefined }, side, definitions);
  const known = spec.tensors();
  if (known === undefined) {
    return { type: "object", additionalProperties: anyTensor() };
  }
  const properties = known.map(
    ({ name, dtype }) => [name, arraySchema({ ...facts, dtype }, side, definitions)] as const,
  );
  const required = known.filter((each) => each.required === true).map(({ name }) => name);
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
    // A handler may leave out some, and add others.
    additionalProperties: side === "request" ? false : anyTensor(),
  };
}

function formSchema(
  fields: Readonly<Record<string, Io<unknown, never>>>,
  place: Place,
): JsonSchema {
  const properties = Object.entries(fields).map(([field, io]) => [
    field,
    valueSchema(io, { ...place, name: `${place.name}_${field}` }),
  ]);
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    required: Object.keys(fields),
    additionalProperties: false,
  };
}
