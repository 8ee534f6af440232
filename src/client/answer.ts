/**
 * The values of answers, by the descriptor of the output.
 * @module
 */

import type { IoFacts } from "../schema/io-facts.ts";
import type { DType } from "../tensor.ts";
import { tensorOf, tensorOfNpy } from "./arrays.ts";
import { parseJson } from "./json.ts";
import { frameOf, seriesOf } from "./tables.ts";

/** The bytes of an answer, of one item of a stream or of one field of a form. */
export interface Content {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string | undefined;
  readonly filename?: string | undefined;
}

/** Returns the header Accept that asks for the form in which a value keeps all of itself. */
export function acceptOf({ kind }: IoFacts): string {
  if (kind === "ndarray") return "application/x-npy";
  if (kind === "dataframe" || kind === "series") return "application/json";
  return "*/*";
}

/** Decodes a value. @throws SyntaxError for bytes that are not in the form of the descriptor */
export async function decodedValue(content: Content, facts: IoFacts): Promise<unknown> {
  const { bytes, type, filename = "" } = content;
  const json = (ofDigits: (digits: string) => unknown): unknown =>
    parseJson(new TextDecoder().decode(bytes), ofDigits);
  switch (facts.kind) {
    case "text":
      return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    case "json":
      return json(facts.bigIntegers === true ? BigInt : Number);
    case "ndarray":
      if (type?.startsWith("application/x-npy")) return tensorOfNpy(bytes);
      return tensorOf(json(BigInt), facts.dtype as DType | undefined);
    case "namedTensors":
      return namedOf(json(BigInt), facts);
    case "dataframe":
      return frameOf(json(String), facts);
    case "series":
      return seriesOf(json(String), facts);
    case "image":
      return new Blob([bytes], { type: facts.mimeType ?? type ?? "" });
    case "file":
      return new File([bytes], filename, { type: type ?? facts.mimeType ?? "" });
    case "multipart":
      return await formOf(content, facts);
    default:
      return bytes;
  }
}

/** Makes tensors of nested arrays, by name. */
export function namedOf(value: unknown, { tensors = [] }: IoFacts): unknown {
  const dtypes = new Map(tensors.map(({ name, dtype }) => [name, dtype]));
  const entries = Object.entries(value as object).map(([name, nested]) => {
    return [name, tensorOf(nested, dtypes.get(name))] as const;
  });
  return Object.fromEntries(entries);
}

async function formOf({ bytes, type = "" }: Content, { fields = {} }: IoFacts): Promise<unknown> {
  const form = await new Response(bytes, { headers: { "content-type": type } }).formData();
  const values = Object.entries(fields).map(async ([name, facts]) => {
    const part = form.get(name) ?? "";
    const own = new Blob([part]);
    const { type: partType, name: filename } = (part instanceof File ? part : {}) as Partial<File>;
    const content = { bytes: new Uint8Array(await own.arrayBuffer()), type: partType, filename };
    return [name, await decodedValue(content, facts)] as const;
  });
  return Object.fromEntries(await Promise.all(values));
}
