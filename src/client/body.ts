/**
 * The bodies of requests, by the descriptor of the input.
 * @module
 */

import type { DataFrame } from "../io/table/frame.ts";
import type { Series } from "../io/table/series.ts";
import type { SizedDType } from "../io/tensor/bytes.ts";
import { nest } from "../io/tensor/nested.ts";
import type { IoFacts } from "../schema/io-facts.ts";
import { isTensor, type Tensor } from "../tensor.ts";
import { npyParts } from "./arrays.ts";
import { jsonOf } from "./json.ts";
import { isPixels, pngOf } from "./png.ts";
import { frameJson, seriesJson } from "./tables.ts";

/** A body, and its media type; that of a form is `fetch`'s. */
export interface Body {
  readonly content: string | Blob | Uint8Array<ArrayBuffer> | FormData;
  readonly type: string | undefined;
  readonly filename?: string | undefined;
}

const BYTES_TYPE = "application/octet-stream";

/**
 * Encodes a value.
 *
 * @param type the media type of bytes that have none
 * @throws TypeError for a value that the descriptor does not take
 */
export async function bodyOf(
  value: unknown,
  facts: IoFacts,
  type: string = BYTES_TYPE,
): Promise<Body> {
  switch (facts.kind) {
    case "text":
      if (typeof value !== "string") throw unfit("a text", "a string", value);
      return { content: value, type: "text/plain; charset=utf-8" };
    case "json":
      return jsonBody(jsonOf(value));
    case "ndarray":
      return arrayBody(value);
    case "namedTensors":
      return jsonBody(jsonOf(namedValue(value), String));
    case "dataframe":
      // NaN and Infinity are missing cells, as in pandas, and what JSON makes of them.
      return jsonBody(JSON.stringify(frameJson(value as DataFrame, facts.orient)));
    case "series":
      return jsonBody(JSON.stringify(seriesJson(value as Series, facts.orient)));
    case "image":
      if (isPixels(value)) return { content: await pngOf(value), type: "image/png" };
      return fileBody("a picture", value, BYTES_TYPE);
    case "file":
      return namedBody(fileBody("a file", value, facts.mimeType ?? BYTES_TYPE));
    case "multipart":
      return { content: await formOf(value, facts.fields ?? {}), type: undefined };
    default:
      return fileBody(facts.kind, value, type.includes("*") ? BYTES_TYPE : type);
  }
}

function jsonBody(content: string): Body {
  return { content, type: "application/json" };
}

function arrayBody(value: unknown): Body {
  if (!isTensor(value)) return jsonBody(jsonOf(value, String));
  // A .npy file would give each string the length of the longest, and drop NULs at their ends.
  if (value.dtype === "string") return jsonBody(jsonOf(nested(value)));
  const parts = npyParts(value as Tensor<SizedDType>) as Uint8Array<ArrayBuffer>[];
  return { content: new Blob(parts), type: "application/x-npy" };
}

/** Returns a tensor as nested arrays; NaN and Infinity are written as words. */
function nested({ dtype, shape, data }: Tensor): unknown {
  const all: readonly unknown[] =
    dtype === "bool" ? Array.from(data, Boolean) : Array.from<unknown>(data);
  return nest(shape, (begin, end) => all.slice(begin, end));
}

function namedValue(value: unknown): unknown {
  if (typeof value !== "object" || value === null) {
    throw unfit("tensors", "an object of tensors", value);
  }
  const entries = Object.entries(value).map(([name, each]) => {
    return [name, isTensor(each) ? nested(each) : each] as const;
  });
  return Object.fromEntries(entries);
}

function fileBody(what: string, value: unknown, type: string): Body {
  if (value instanceof Blob) {
    const { name } = value as Partial<File>;
    return { content: value, type: value.type || type, filename: name };
  }
  if (value instanceof ArrayBuffer) return { content: new Uint8Array(value), type };
  if (value instanceof Uint8Array) return { content: value as Uint8Array<ArrayBuffer>, type };
  const { bytes, type: own = type, filename } = (value ?? {}) as Partial<NamedLike>;
  if (bytes instanceof Uint8Array) return { content: bytes, type: own, filename };
  throw unfit(what, "a Blob, an ArrayBuffer or a Uint8Array", value);
}

interface NamedLike {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly filename: string;
}

/** Puts a file with a name into a form, since a bare body has none. */
function namedBody(body: Body): Body {
  if (!body.filename) return body;
  const form = new FormData();
  form.set("file", ...partOf(body));
  return { content: form, type: undefined };
}

async function formOf(value: unknown, fields: NonNullable<IoFacts["fields"]>): Promise<FormData> {
  const names = Object.keys(fields);
  const given = typeof value === "object" && value !== null ? Object.keys(value) : [];
  if (given.length !== names.length || !names.every((name) => given.includes(name))) {
    throw unfit("a form", `an object of the fields ${names.join(", ")}`, value);
  }
  const form = new FormData();
  for (const [name, facts] of Object.entries(fields)) {
    const body = await bodyOf((value as Record<string, unknown>)[name], unnamed(facts));
    form.set(name, ...partOf(body));
  }
  return form;
}

/** Returns the descriptor of a field, whose file keeps its name without a form of its own. */
export function unnamed(facts: IoFacts): IoFacts {
  return facts.kind === "file" ? { ...facts, kind: "part" } : facts;
}

function partOf({ content, type = "", filename = "" }: Body): [Blob, string] {
  const isTyped = content instanceof Blob && content.type === type;
  return [isTyped ? content : new Blob([content as Blob | string], { type }), filename || "blob"];
}

function unfit(what: string, wanted: string, value: unknown): TypeError {
  return new TypeError(`Cannot send ${what}: it must be ${wanted}, but was ${describe(value)}`);
}

function describe(value: unknown): string {
  if (typeof value !== "object" || value === null) return `the ${typeof value} ${String(value)}`;
  return Object.prototype.toString.call(value).slice(8, -1);
}
