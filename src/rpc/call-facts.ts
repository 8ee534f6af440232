/**
 * CallFacts: what a server knows of a call without making `Headers`, which cost as much as all the
 * rest of a small call.
 * @module
 */

import type { HandlerContext } from "@connectrpc/connect";
import type { CountedRequest } from "../service/request-metrics.ts";

/** What is known of a call. */
export interface CallFacts {
  /** The id of the call. The server sends it. */
  readonly requestId: string;
  /** The counted request; undefined where calls are not counted. */
  readonly counted: CountedRequest | undefined;
  /** A header as it came; undefined if there was none. */
  header(name: string): string | undefined;
  /**
   * Calls back once when the client disconnects, or at once if it has; returns how to stop that.
   */
  onDisconnect(listener: () => void): () => void;
}

/** Where they are in a handler's context, and in copies of it. */
export const FACTS: unique symbol = Symbol("facts");

/** A handler's context that has them. */
export interface KnownContext extends HandlerContext {
  readonly [FACTS]?: CallFacts;
}

/** Those of a call; undefined where its server gives none. */
export function factsOf(handler: KnownContext): CallFacts | undefined {
  return handler[FACTS];
}

/** A header of a call; undefined if there was none. */
export function headerOf(handler: KnownContext, name: string): string | undefined {
  const facts = factsOf(handler);
  return facts === undefined ? (handler.requestHeader.get(name) ?? undefined) : facts.header(name);
}
