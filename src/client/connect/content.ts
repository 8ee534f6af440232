/**
 * Values to and from the content of BentoML's messages, by the descriptors of an API.
 * @module
 */

import { toJson } from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@bufbuild/protobuf/wkt";
import { decodeDataframe, encodeDataframe } from "../../bentoml/content/dataframe.ts";
import type { RequestPart, ResponsePart } from "../../bentoml/content/message.ts";
import { decodeNdarray, encodeNdarray } from "../../bentoml/content/ndarray.ts";
import { decodeSeries, encodeSeries } from "../../bentoml/content/series.ts";
import { ServiceError } from "../../error.ts";
import type { DataframeSpec, NdarraySpec, SeriesSpec } from "../../io/spec.ts";
import type { IoFacts } from "../../schema/io-facts.ts";
import { isTensor } from "../../tensor.ts";
import { decodedValue, namedOf } from "../answer.ts";
import { tensorOf } from "../arrays.ts";
import { bodyOf, unnamed } from "../body.ts";

/** The content of a message, or of one field of a form. */
export interface Content {
  readonly case: string | undefined;
  readonly value?: unknown;
}

const unchanged = (value: unknown): unknown => value;

/** Descriptors are checked by the server: a client only converts. */
function specOf(facts: IoFacts): NdarraySpec & DataframeSpec & SeriesSpec {
  const own = { ...facts, orient: "columns", maxCells: Number.POSITIVE_INFINITY };
  return { ...own, convert: unchanged, check: unchanged } as never;
}

/**
 * Encodes an input.
 *
 * @throws TypeError for a value that the descriptor does not take, or the messages do not have
 */
export async function contentOf(value: unknown, facts: IoFacts): Promise<Content> {
  try {
    return await encoded(value, facts);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw new TypeError(`Cannot send over Connect: ${error.message}`, { cause: error });
  }
}

async function encoded(value: unknown, facts: IoFacts): Promise<Content> {
  switch (facts.kind) {
    case "ndarray": {
      const tensor = isTensor(value) ? value : tensorOf(value, facts.dtype as undefined);
      return { case: "ndarray", value: encodeNdarray(tensor, specOf(facts)) };
    }
    case "dataframe":
      return { case: "dataframe", value: encodeDataframe(value, specOf(facts)) };
    case "series":
      return { case: "series", value: encodeSeries(value, specOf(facts)) };
    case "image":
    case "file": {
      const { content, type } = await bodyOf(value, unnamed(facts), facts.mimeType);
      return { case: "file", value: { kind: type, content: await bytesOf(content) } };
    }
    case "multipart": {
      const { fields = {} } = facts;
      const entries = Object.entries(fields).map(async ([name, field]) => {
        const part = await encoded((value as Record<string, unknown>)[name], field);
        return [name, { representation: part }] as const;
      });
      return {
        case: "multipart",
        value: { fields: Object.fromEntries(await Promise.all(entries)) },
      };
    }
    default: {
      const { content } = await bodyOf(value, facts);
      return { case: "serializedBytes", value: await bytesOf(content) };
    }
  }
}

async function bytesOf(
  content: Awaited<ReturnType<typeof bodyOf>>["content"],
): Promise<Uint8Array> {
  if (content instanceof Uint8Array) return content;
  return new Uint8Array(await new Response(content).arrayBuffer());
}

/** Decodes an output. */
export async function valueOfContent(content: Content, facts: IoFacts): Promise<unknown> {
  if (content.case === "multipart") {
    const { fields } = content.value as FormMessage;
    const entries = Object.entries(facts.fields ?? {}).map(async ([name, field]) => {
      const part = fields[name]?.representation ?? { case: undefined };
      return [name, await valueOfContent(part, field)] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  }
  const part = content as ResponsePart & RequestPart;
  switch (part.case) {
    case "text":
      return part.value.value;
    case "json": {
      const value = toJson(ValueSchema, part.value as Value);
      return facts.kind === "namedTensors" ? namedOf(value, facts) : value;
    }
    case "ndarray":
      return decodeNdarray(part.value as never, specOf(facts));
    case "dataframe":
      return decodeDataframe(part.value as never, specOf(facts));
    case "series":
      return decodeSeries(part.value as never, specOf(facts));
    case "file": {
      const { kind, content: bytes } = part.value;
      return await decodedValue({ bytes: bytes as Uint8Array<ArrayBuffer>, type: kind }, facts);
    }
    case "serializedBytes": {
      const bytes = part.value as Uint8Array<ArrayBuffer>;
      return await decodedValue({ bytes, type: undefined }, facts);
    }
    default:
      throw new ServiceError("internal", "The answer has no content");
  }
}

interface FormMessage {
  readonly fields: Readonly<Record<string, { readonly representation: Content }>>;
}
