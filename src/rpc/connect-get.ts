/**
 * answersGet(): answers to calls of Connect by GET that caches can keep, with a tag; and none where
 * a method is only called by POST. See https://connectrpc.com/docs/protocol.
 * @module
 */

import { Code, ConnectError } from "@connectrpc/connect";
import {
  createAsyncIterable,
  type UniversalHandler,
  type UniversalServerRequest,
  type UniversalServerResponse,
} from "@connectrpc/connect/protocol";
import { errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { joinBytes } from "../bytes.ts";
import { addVary, hasAnswer } from "../invocation/cache-headers.ts";
import { endpointOfMethod } from "./methods.ts";

/** Wraps one of Connect's handlers. */
export function answersGet(handler: UniversalHandler): UniversalHandler {
  const answer: (request: UniversalServerRequest) => Promise<UniversalServerResponse> = (
    request,
  ) => (request.method === "POST" ? handler(request) : answerOther(handler, request));
  return Object.assign(answer, handler);
}

async function answerOther(
  handler: UniversalHandler,
  request: UniversalServerRequest,
): Promise<UniversalServerResponse> {
  const { allowedMethods } = handler;
  const response = await handler(request);
  const { status, header } = response;
  if (status === 405) {
    const allow = allowedMethods.join(", ");
    const text = `${endpointOfMethod(handler.method)} is called by ${allow}`;
    return refusal(405, `${text}, not by ${request.method}`, request, { allow });
  }
  if (request.method !== "GET") return response;
  if (status === 415) {
    const text = 'A call by GET must have "encoding" as "json" or "proto" in its query';
    return refusal(415, `${text}, and no other Content-Type`, request);
  }
  if (status === 200) return await conditional(request, response);
  // Caches may keep some errors otherwise, such as one for a model that is not there yet.
  if (header?.has("cache-control") === false) header.set("cache-control", "no-store");
  return response;
}

/** Answers in the form of Connect's errors, which a handler has not been asked for. */
function refusal(
  status: number,
  message: string,
  { method }: UniversalServerRequest,
  headers: Readonly<Record<string, string>> = {},
): UniversalServerResponse {
  const header = new Headers({ ...headers, "cache-control": "no-store" });
  if (method === "HEAD") return { status, header };
  header.set("content-type", "application/json");
  const error = new ConnectError(message, Code.Unimplemented);
  const body = createAsyncIterable([errorToJsonBytes(error, undefined)]);
  return { status, header, body };
}

/**
 * Adds a tag to an answer, and who may keep it if its handler has not said that; 304 without a body
 * if the caller has it.
 */
async function conditional(
  { header: sent }: UniversalServerRequest,
  { status, header = new Headers(), body, trailer }: UniversalServerResponse,
): Promise<UniversalServerResponse> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body ?? []) chunks.push(chunk);
  const bytes = joinBytes(chunks);
  if (!header.has("cache-control")) header.set("cache-control", "private, no-cache");
  addVary(header, ["accept-encoding"]);
  const form = [header.get("content-type"), header.get("content-encoding")];
  const rest = trailer === undefined ? { header } : { header, trailer };
  return hasAnswer(header, bytes, form, (name) => sent.get(name))
    ? { status: 304, ...rest }
    : { status, ...rest, body: createAsyncIterable([bytes]) };
}
