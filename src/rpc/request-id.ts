/**
 * identify(): sends a call's id with its headers.
 * @module
 */

import type { HandlerContext } from "@connectrpc/connect";
import { REQUEST_ID, requestIdOf } from "../invocation/request-id.ts";
import { factsOf } from "./call-facts.ts";

/**
 * Returns the id of a call, and sends it with the call's headers. As a router's `requestGate`, this
 * also identifies calls that fail before their message is parsed.
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
