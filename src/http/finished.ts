/**
 * finished(): the last step of a response that middleware have made or passed on.
 * @module
 */

import { holdResponse } from "../hold-response.ts";
import { REQUEST_ID } from "../invocation/request-id.ts";

/** The request of the response, and what its headers tell. */
export interface Finish {
  readonly request: Request;
  readonly requestId: string;
  /** True if no other request may follow on the connection. */
  readonly closes: boolean;
}

/**
 * Returns a response with the request's id, unless a middleware has set one. An answer to HEAD has
 * the length of that to GET, since servers do not measure an unsent body.
 */
export async function finished(
  response: Response,
  { request, requestId, closes }: Finish,
): Promise<Response> {
  const headers = new Headers(response.headers);
  if (!headers.has(REQUEST_ID)) headers.set(REQUEST_ID, requestId);
  if (closes) headers.set("connection", "close");
  const { status } = response;
  if (request.method !== "HEAD" || response.body === null) {
    return new Response(holdResponse(response).body, { status, headers });
  }
  const { length } = await response.bytes();
  headers.set("content-length", String(length));
  return new Response(null, { status, headers });
}
