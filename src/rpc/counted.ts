/**
 * The counted request behind a call, in the call's context. The server counts each call once, from
 * its first byte to the end of its answer; the handler sets its endpoint and its status. The
 * address of the client is beside it.
 * @module
 */

import {
  type ContextValues,
  createContextKey,
  createContextValues,
  type HandlerContext,
} from "@connectrpc/connect";
import type { CountedRequest } from "../service/request-metrics.ts";
import { factsOf } from "./call-facts.ts";

const COUNTED = createContextKey<CountedRequest | undefined>(undefined, {
  description: "counted request",
});

const PEER = createContextKey<(() => string | undefined) | undefined>(undefined, {
  description: "address of the client",
});

/**
 * Returns the context values of a call, for Connect's handlers.
 *
 * @param peer returns the address of the client
 * @param values the ones to add the counted request to. Default: new ones
 */
export function valuesWith(
  counted: CountedRequest | undefined,
  peer: () => string | undefined,
  values: ContextValues = createContextValues(),
): ContextValues {
  return values.set(COUNTED, counted).set(PEER, peer);
}

/** Returns the address of the client of a call; undefined if its server does not tell it. */
export function peerOf(handler: HandlerContext): string | undefined {
  const facts = factsOf(handler);
  return facts === undefined ? handler.values.get(PEER)?.() : facts.peer;
}

/** Returns the counted request of a call; undefined if its server does not count requests. */
export function countedOf(handler: HandlerContext): CountedRequest | undefined {
  const facts = factsOf(handler);
  return facts === undefined ? handler.values.get(COUNTED) : facts.counted;
}
