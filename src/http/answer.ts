/**
 * Answers: makes the response of a payload.
 * @module
 */

import type { Context as HonoContext } from "hono";
import type { StatusCode } from "hono/utils/http-status";
import type { OpenResponse } from "../invocation/open-context.ts";
import { REQUEST_ID } from "../invocation/request-id.ts";
import { checkHeaders, isSendable } from "../invocation/response.ts";
import type { Payload } from "../io/io.ts";
import { attachment } from "./disposition.ts";

/** Statuses whose answers have no body (RFC 9110). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** Returns true for a status whose answers have no body. */
export function isBodiless(status: number): boolean {
  return BODILESS.has(status);
}

/** Makes the response of a payload, with the status and the headers that the handler has set. */
export function respond(c: HonoContext, response: OpenResponse, payload: Payload): Response {
  const { bytes, type, filename } = payload;
  const headers = headersOf(response, payload, type);
  if (filename !== undefined && !headers.has("content-disposition")) {
    headers.set("content-disposition", attachment(filename));
  }
  const { status } = response;
  const body = isBodiless(status) ? null : (bytes as Uint8Array<ArrayBuffer>);
  return c.newResponse(body, { status: status as StatusCode, headers });
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
  const { madeHeaders, madeTrailers, headers } = response;
  const isPlain = (madeHeaders ?? madeTrailers ?? payload.headers) === undefined;
  if (isPlain && type !== undefined && isSendable(type)) {
    // Most answers: what is not there needs no look, which would cost as much as a small answer.
    headers.set("content-type", type);
    return headers;
  }
  if (type !== undefined && !headers.has("content-type")) headers.set("content-type", type);
  for (const [name, value] of [...(madeTrailers ?? []), ...(payload.headers ?? [])]) {
    if (!headers.has(name)) headers.set(name, value);
  }
  headers.delete("content-length"); // the runtime sets the right one
  headers.delete(REQUEST_ID); // it is set already
  checkHeaders(headers);
  return headers;
}
