/**
 * `/schema.json`: the APIs as BentoML's clients from 1.2 on read them, to make methods (BentoML
 * 1.4, `_bentoml_impl/client/http.py`). Beside JSON Schema's types they know `tensor`, `dataframe`
 * and `file`.
 * @module
 */

import type { Io } from "../io/io.ts";
import type { DataframeSpec, IoSpec, NdarraySpec } from "../io/spec.ts";
import { Definitions, type JsonSchema } from "../schema/json-schema.ts";
import { type Place, valueSchema } from "../schema/values.ts";
import type { DType } from "../tensor.ts";

/** An API, as far as its schema depends on it. */
export interface DescribedApi {
  readonly name: string;
  readonly path: string;
  readonly description: string;
  readonly input: Io<unknown, never>;
  readonly output: Io<unknown, never>;
  readonly isStream: boolean;
}

/** The schema of a value in BentoML's words. */
interface BentomlSchema extends Omit<JsonSchema, "type" | "properties"> {
  readonly type?: JsonSchema["type"] | "tensor" | "dataframe" | "file";
  readonly properties?: Readonly<Record<string, BentomlSchema>>;
  /** True for a body that is the value itself, not an object of arguments. */
  readonly root_input?: true;
  readonly is_stream?: true;
  readonly media_type?: string;
  readonly dtype?: string;
  readonly shape?: readonly number[];
  readonly orient?: string;
  readonly columns?: readonly string[];
  readonly content_type?: string;
  /** True for pictures, which clients return as Pillow's. */
  readonly pil?: true;
}

/** Returns the document. */
export function serviceSchema(name: string, apis: readonly DescribedApi[]): object {
  return {
    name,
    type: "service",
    routes: apis.map(({ name: api, path, description, input, output, isStream }) => ({
      name: api,
      route: path,
      description,
      doc: description,
      batchable: false,
      input: inputSchema(input, api),
      output: outputSchema(output, isStream, api),
      is_task: false,
    })),
    paths: Object.fromEntries(apis.map(({ path }) => [path, { mounted: false }])),
  };
}

/** The type of bytes in BentoML's words. */
const BYTES: BentomlSchema = { type: "string", format: "binary" };

/**
 * Returns the schema of a body. An object of known members, or a form, takes them as the arguments
 * of a call; everything else is one argument.
 */
function inputSchema(io: Io<unknown, never>, name: string): BentomlSchema {
  const { spec } = io;
  if (spec === undefined) return { ...BYTES, root_input: true };
  const schema = argumentSchema(io, name);
  return schema.type === "object" && schema.properties !== undefined
    ? schema
    : { ...schema, root_input: true };
}

/** Returns the schema of an answer. */
function outputSchema(io: Io<unknown, never>, isStream: boolean, name: string): BentomlSchema {
  // The pieces of a stream that a client gets need not be whole values.
  if (isStream) {
    const isBytes = io.spec?.kind !== "text" && io.spec?.kind !== "json";
    return { ...(isBytes ? BYTES : { type: "string" }), is_stream: true };
  }
  const { spec } = io;
  switch (spec?.kind) {
    case undefined:
    case "multipart":
      return BYTES;
    case "image":
      return { type: "file", format: "image", pil: true, media_type: spec.mimeType };
    case "dataframe":
      return spec.defaultFormat === "json" ? argumentSchema(io, name) : BYTES;
    default:
      return argumentSchema(io, name, "answer");
  }
}

function argumentSchema(
  io: Io<unknown, never>,
  name: string,
  side: Place["side"] = "request",
): BentomlSchema {
  const { spec } = io;
  switch (spec?.kind) {
    case "ndarray":
      return tensorSchema(spec);
    case "dataframe":
      return frameSchema(spec) ?? plainSchema(io, name, side);
    case "file": {
      const { mimeType } = spec;
      const type = mimeType === undefined ? {} : { content_type: mimeType };
      return { type: "file", format: "binary", ...type };
    }
    case "image":
      return { type: "file", format: "image", pil: true };
    case "multipart": {
      const fields = Object.entries(spec.fields).map(([field, each]) => [
        field,
        argumentSchema(each, field, side),
      ]);
      const required = Object.keys(spec.fields);
      return { type: "object", properties: Object.fromEntries(fields), required };
    }
    case "namedTensors":
      return namedSchema(spec) ?? plainSchema(io, name, side);
    default:
      return plainSchema(io, name, side);
  }
}

/** Returns the JSON Schema of a value, with the definitions that it refers to. */
function plainSchema(io: Io<unknown, never>, name: string, side: Place["side"]): BentomlSchema {
  const definitions = new Definitions();
  const schema = valueSchema(io, { side, name, definitions, nonFinite: "null" });
  const $defs = definitions.all;
  if (Object.keys($defs).length === 0) return schema;
  // Clients do not follow a reference to find the arguments of a call.
  const { $ref, ...own } = schema;
  const named = Object.entries($defs).find(([each]) => definitions.refTo(each) === $ref);
  return { ...named?.[1], ...(named === undefined ? schema : own), $defs };
}

/**
 * Returns the schema of an array. Clients reshape what they send and get to its shape: one that is
 * not enforced would be a guess, and NumPy infers one length only.
 */
function tensorSchema({
  dtype,
  shape,
  enforceShape,
}: Pick<NdarraySpec, "dtype" | "shape" | "enforceShape">): BentomlSchema {
  const open = shape?.filter((length) => length === -1).length ?? 0;
  return {
    type: "tensor",
    format: "numpy-array",
    ...(dtype === undefined ? {} : { dtype: numpyName(dtype) }),
    ...(shape === undefined || !enforceShape || open > 1 ? {} : { shape }),
  };
}

/** Returns the name of a dtype as an attribute of NumPy. */
function numpyName(dtype: DType): string {
  if (dtype === "string") return "str_";
  return dtype === "bool" ? "bool_" : dtype;
}

/** Returns the schema of a table; undefined for the orients that clients do not have. */
function frameSchema({ orient, columns, defaultFormat }: DataframeSpec): BentomlSchema | undefined {
  if (defaultFormat === "json" && (orient === "records" || orient === "columns")) {
    return { type: "dataframe", orient, ...(columns === undefined ? {} : { columns }) };
  }
  return undefined;
}

function namedSchema(spec: IoSpec & { readonly kind: "namedTensors" }): BentomlSchema | undefined {
  const tensors = spec.tensors();
  if (tensors === undefined) return undefined;
  const properties = tensors.map(({ name, dtype }) => {
    return [name, tensorSchema({ dtype, shape: undefined, enforceShape: false })] as const;
  });
  return { type: "object", properties: Object.fromEntries(properties) };
}
