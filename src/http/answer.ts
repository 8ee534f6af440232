/**
 * answerParts(): the parts of a reply with a payload.
 * @module
 */

import type { OpenResponse } from "../invocation/open-response.ts";
import { REQUEST_ID } from "../invocation/request-id.ts";
import { checkHeaders, isSendable } from "../invocation/response.ts";
import { type Payload, textOf } from "../io/io.ts";
import { attachment } from "./disposition.ts";
import type { ReplyBody, ReplyParts } from "./reply.ts";

/** Statuses whose answers have no body (RFC 9110). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** Headers that say where a body ends. */
const FRAMING: readonly string[] = ["content-length", "transfer-encoding", "trailer"];

/** Returns true for a status whose answers have no body. */
export function isBodiless(status: number): boolean {
  return BODILESS.has(status);
}

/** Returns the answer of a payload, with the status and the headers that the handler has set. */
export function answerParts(response: OpenResponse, payload: Payload): ReplyParts {
  const { status } = response;
  const { type, filename } = payload;
  const body = isBodiless(status) ? null : bodyOf(payload);
  const { usedHeaders, madeTrailers, modelAlone: model } = response;
  const isPlain = (usedHeaders ?? madeTrailers ?? payload.headers ?? filename) === undefined;
  if (isPlain && type !== undefined && isSendable(type)) return { status, body, type, model };
  const headers = headersOf(response, payload, type);
  if (filename !== undefined && !headers.has("content-disposition")) {
    headers.set("content-disposition", attachment(filename));
  }
  return { status, body, headers };
}

/** Returns a text as it is: servers encode it faster than it could be encoded here. */
function bodyOf(payload: Payload): ReplyBody {
  return textOf(payload) ?? (payload.bytes as Uint8Array<ArrayBuffer>);
}

/**
 * Returns the headers of an answer: the handler's own, and those that describe its first payload.
 * Trailers are sent as headers: clients of HTTP hardly ever read trailers.
 *
 * @param type the content type, unless the handler has set one
 * @throws TypeError for a control character in a header
 */
export function headersOf(
  response: OpenResponse,
  payload: Payload,
  type: string | undefined,
): Headers {
  const { madeTrailers, headers } = response;
  if (type !== undefined && !headers.has("content-type")) headers.set("content-type", type);
  for (const [name, value] of [...(madeTrailers ?? []), ...(payload.headers ?? [])]) {
    if (!headers.has(name)) headers.set(name, value);
  }
  for (const name of FRAMING) headers.delete(name); // the server sets the right ones
  headers.delete(REQUEST_ID); // the reply has it
  checkHeaders(headers);
  return headers;
}
