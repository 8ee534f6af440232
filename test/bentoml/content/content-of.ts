/** What descriptors make of the content of messages, and back. */

import type { JsonObject } from "@bufbuild/protobuf";
import { create, type MessageInitShape, toJson } from "@bufbuild/protobuf";
import { decodeContent, encodeContent } from "../../../src/bentoml/content/content.ts";
import { ServiceError } from "../../../src/error.ts";
import { RequestSchema, ResponseSchema } from "../../../src/gen/bentoml/grpc/v1/service_pb.ts";
import type { Io } from "../../../src/io/io.ts";

/** Content as tests write it. */
export type Sent = NonNullable<MessageInitShape<typeof RequestSchema>["content"]>;

/** The value a handler is given. */
export async function read(io: Io<unknown, never>, content: Sent): Promise<unknown> {
  return await decodeContent(io, create(RequestSchema, { content }).content, {});
}

/** What is sent of a handler's value, as protobuf's JSON. */
export async function write(io: Io<unknown, never>, value: unknown): Promise<JsonObject> {
  const content = await encodeContent(io, value, {});
  return toJson(ResponseSchema, create(ResponseSchema, { content })) as JsonObject;
}

/** Holds for a ServiceError with this code and words. */
export function refused(
  words: RegExp | string,
  code = "invalid_argument",
): (thrown: unknown) => boolean {
  return (thrown) =>
    thrown instanceof ServiceError &&
    thrown.code === code &&
    (typeof words === "string" ? thrown.message === words : words.test(thrown.message));
}

/** A descriptor that BentoML has nothing like. */
export const custom: Io<string> = {
  kind: "example.Reversed",
  mediaType: "text/x-reversed",
  decode: ({ bytes, type }) =>
    `${type}: ${[...new TextDecoder().decode(bytes)].reverse().join("")}`,
  encode: (value) => ({
    bytes: new TextEncoder().encode([...value].reverse().join("")),
    type: "text/x-reversed",
  }),
};
