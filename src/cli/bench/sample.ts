/**
 * Sample inputs of APIs, from their descriptions in a server's OpenAPI document.
 * @module
 */

import { image } from "../../io/picture/image.ts";
import type { Resolve, Schema } from "../../schema/document.ts";
import { exampleOf } from "../../schema/example.ts";
import type { IoFacts } from "../../schema/io-facts.ts";

/** A body, and its media type; a form has its own. */
export interface SampleBody {
  readonly type?: string;
  readonly body: string | Blob | FormData;
}

/** The side of a sample picture, in pixels. */
const SIDE = 28;
const TEXT = "The quick brown fox jumps over the lazy dog";

/**
 * Returns a sample of an input.
 *
 * @throws Error for a descriptor of which no sample can be made
 */
export async function sampleOf(io: IoFacts, schema: Schema, resolve: Resolve): Promise<SampleBody> {
  const fitting = (): string => JSON.stringify(exampleOf(schema, resolve));
  switch (io.kind) {
    case "text":
      return { type: "text/plain; charset=utf-8", body: TEXT };
    case "file":
      return { type: io.mimeType ?? "application/octet-stream", body: new Blob([TEXT]) };
    case "image":
      return await picture(io);
    case "ndarray": {
      const value = io.shape === undefined ? [elementOf(io)] : nested(io.shape, elementOf(io));
      return { type: "application/json", body: JSON.stringify(value) };
    }
    case "multipart":
      return { body: await form(io.fields ?? {}, schema, resolve) };
    case "dataframe":
      // The columns may be any, but there must be one.
      if (io.orient === "records" && io.columns === undefined) {
        return { type: "application/json", body: JSON.stringify([{ a: 0 }]) };
      }
      return { type: "application/json", body: fitting() };
    case "namedTensors":
      return { type: "application/json", body: JSON.stringify(tensorsOf(io)) };
    case "json":
    case "series":
      return { type: "application/json", body: fitting() };
    default:
      throw new Error(
        `No sample can be made for an input of kind "${io.kind}": give one by --data`,
      );
  }
}

async function picture({ allowedMimeTypes = [] }: IoFacts): Promise<SampleBody> {
  const isPng = allowedMimeTypes.length === 0 || allowedMimeTypes.includes("image/png");
  const mimeType = isPng ? "image/png" : "image/jpeg";
  const data = Uint8Array.from({ length: SIDE * SIDE }, (_, at) => (at * 97) % 256);
  const made = { width: SIDE, height: SIDE, channels: 1, data } as const;
  const { bytes } = await image({ mimeType }).encode(made);
  return { type: mimeType, body: new Blob([bytes as Uint8Array<ArrayBuffer>]) };
}

async function form(
  fields: Readonly<Record<string, IoFacts>>,
  { properties = {} }: Schema,
  resolve: Resolve,
): Promise<FormData> {
  const made = new FormData();
  for (const [name, io] of Object.entries(fields)) {
    const { type, body } = await sampleOf(io, properties[name] ?? {}, resolve);
    if (body instanceof FormData) throw new Error(`No sample can be made for a form in a form`);
    if (typeof body === "string" && io.kind === "text") made.append(name, body);
    else made.append(name, new Blob([body], type === undefined ? {} : { type }), name);
  }
  return made;
}

function elementOf({ dtype }: { readonly dtype?: IoFacts["dtype"] | undefined }): unknown {
  if (dtype === "bool") return false;
  return dtype === "string" ? TEXT : 0;
}

/** Returns nested arrays of a shape, whose open axes have the length 1. */
function nested([length, ...rest]: readonly (number | string)[], element: unknown): unknown {
  if (length === undefined) return element;
  const elements = typeof length === "number" && length >= 0 ? length : 1;
  return Array.from({ length: elements }, () => nested(rest, element));
}

function tensorsOf({ tensors = [] }: IoFacts): Readonly<Record<string, unknown>> {
  const made = tensors.map((each) => {
    return [each.name, nested(each.shape ?? [""], elementOf(each))] as const;
  });
  return Object.fromEntries(made);
}
