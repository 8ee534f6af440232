/**
 * The id of a call, in `x-request-id`: the caller's own where it sent one, by the rule of the HTTP
 * side, and else a fresh one.
 * @module
 */

import type { HandlerContext } from "@connectrpc/connect";

/** The header, and the metadata, that carries it. */
export const REQUEST_ID = "x-request-id";

/**
 * The id of a call. It is sent with the call's headers, from the first time that it is asked for.
 * As a router's `requestGate`, this gives ids also to calls that fail before they are understood.
 */
export function identify({ requestHeader, responseHeader }: HandlerContext): string {
  const known = responseHeader.get(REQUEST_ID);
  if (known !== null) return known;
  const sent = requestHeader.get(REQUEST_ID);
  const id = sent !== null && /^[\w\-=]{1,255}$/.test(sent) ? sent : crypto.randomUUID();
  responseHeader.set(REQUEST_ID, id);
  return id;
}
