/**
 * The id of a call, in `x-request-id`: the caller's own where it sent one, by the rule of the HTTP
 * side, and else a fresh one.
 * @module
 */

import type { HandlerContext } from "@connectrpc/connect";
import { factsOf } from "./call-facts.ts";

/** The header, and the metadata, that carries it. */
export const REQUEST_ID = "x-request-id";

/**
 * The id of a call. It is sent with the call's headers, from the first time that it is asked for.
 * As a router's `requestGate`, this gives ids also to calls that fail before they are understood.
 */
export function identify(handler: HandlerContext): string {
  const facts = factsOf(handler);
  if (facts !== undefined) return facts.requestId;
  const { requestHeader, responseHeader } = handler;
  const known = responseHeader.get(REQUEST_ID);
  if (known !== null) return known;
  const id = requestIdOf(requestHeader.get(REQUEST_ID));
  responseHeader.set(REQUEST_ID, id);
  return id;
}

/** The id of a call whose caller sent this one, or none. */
export function requestIdOf(sent: string | null | undefined): string {
  return sent && /^[\w\-=]{1,255}$/.test(sent) ? sent : crypto.randomUUID();
}
