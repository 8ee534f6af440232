/**
 * The bodies of a descriptor by their media types: those that are read, and those that are written.
 * @module
 */

import type { Io } from "../io/io.ts";
import { PARQUET_TYPE } from "../io/table/parquet/media-type.ts";
import { NPY_TYPE, RAW_TYPE } from "../io/tensor/body.ts";
import type { JsonSchema } from "./json-schema.ts";
import { binary, type Place, valueSchema } from "./values.ts";

/** The body of one media type, as OpenAPI's Media Type Object. */
export interface Content {
  readonly schema: JsonSchema;
  /** The media types of the fields of a form. */
  readonly encoding?: Readonly<Record<string, { readonly contentType: string }>>;
}

/** The bodies by media type; the first is the default. */
export type Contents = Readonly<Record<string, Content>>;

/** A table has a row of names at least. */
const CSV: JsonSchema = { type: "string", minLength: 1 };

/** A form with one file, which descriptors of files take as well. */
const UPLOAD = "multipart/form-data";

/** Returns the bodies of a descriptor. */
export function contentsOf(io: Io<unknown, never>, place: Place): Contents {
  const { spec } = io;
  const schema = valueSchema(io, place);
  const own = (type: string): Contents => ({ [type]: { schema } });
  const isRequest = place.side === "request";
  switch (spec?.kind) {
    case "ndarray": {
      const types = spec.dtype === "string" ? [NPY_TYPE] : [NPY_TYPE, RAW_TYPE];
      return { ...own("application/json"), ...binaries(types) };
    }
    case "dataframe":
      return { ...own(bare(io.mediaType)), ...tableContents(io, place) };
    case "image":
      if (!isRequest) return own(spec.mimeType);
      return { ...binaries(spec.allowedMimeTypes), ...upload(spec.allowedMimeTypes.join(", ")) };
    case "file": {
      if (spec.mimeType === undefined) return { ...own("*/*"), ...(isRequest ? upload() : {}) };
      const type = isRequest ? bare(spec.mimeType) : "*/*";
      return { ...own(type), ...(isRequest ? upload(type) : {}) };
    }
    case "multipart": {
      const fields = Object.entries(spec.fields);
      const encoding = fields.map(([name, field]) => [
        name,
        { contentType: partTypes(field, place) },
      ]);
      return { [UPLOAD]: { schema, encoding: Object.fromEntries(encoding) } };
    }
    default:
      return own(bare(io.mediaType));
  }
}

/** Returns the media types of a field of a form: of a picture, all that it may have. */
function partTypes(io: Io<unknown, never>, { side }: Place): string {
  const { spec } = io;
  if (spec?.kind === "image" && side === "request") return spec.allowedMimeTypes.join(", ");
  return bare(io.mediaType);
}

/** Returns the formats of a table. */
function tableContents(io: Io<unknown, never>, place: Place): Contents {
  if (io.spec?.kind !== "dataframe") return {};
  const asJson = { ...io, spec: { ...io.spec, defaultFormat: "json" as const } };
  return {
    "application/json": { schema: valueSchema(asJson, place) },
    "text/csv": { schema: CSV },
    ...binaries([PARQUET_TYPE]),
  };
}

function upload(contentType = "*/*"): Contents {
  const schema: JsonSchema = {
    type: "object",
    description: "The first part that can be read is taken, whatever the name of its field",
    properties: { file: { type: "string", format: "binary" } },
    required: ["file"],
  };
  return { [UPLOAD]: { schema, encoding: { file: { contentType } } } };
}

function binaries(types: readonly string[]): Contents {
  return Object.fromEntries(types.map((type) => [type, { schema: binary(type) }]));
}

/** Returns a media type without its parameters. */
function bare(mediaType: string): string {
  return mediaType.split(";", 1)[0] ?? mediaType;
}
