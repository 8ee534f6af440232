/**
 * CallFacts: the facts of a call that a server knows without making `Headers`, which cost as much
 * as all the rest of a small call.
 * @module
 */

import type { HandlerContext } from "@connectrpc/connect";
import type { CountedRequest } from "../service/request-metrics.ts";
import type { RpcCall } from "./rpc-call.ts";

/** The facts of a call. */
export interface CallFacts {
  /** The id of the call. The server sends it. */
  readonly requestId: string;
  /** The counted request; undefined if calls are not counted. */
  readonly counted: CountedRequest | undefined;
  /** True if the answers of the call are written by a `Codec`. */
  readonly isWire: boolean;
  /** The call that a gate has opened, until an implementation takes it. */
  opened: RpcCall | undefined;
  /** The address of the client; undefined if it is not known any more. */
  readonly peer: string | undefined;
  /** Returns a header as it was received; undefined if it is missing. */
  header(name: string): string | undefined;
  /**
   * Calls a function once when the client disconnects, immediately if it has already. Returns a
   * function that removes the listener.
   */
  onDisconnect(listener: () => void): () => void;
}

/** A handler's context with facts. */
export interface KnownContext extends HandlerContext {
  readonly facts?: CallFacts;
}

/** Returns the facts of a call; undefined if its server provides none. */
export function factsOf(handler: KnownContext): CallFacts | undefined {
  return handler.facts;
}

/** Returns a header of a call; undefined if it is missing. */
export function headerOf(handler: KnownContext, name: string): string | undefined {
  const facts = factsOf(handler);
  return facts === undefined ? (handler.requestHeader.get(name) ?? undefined) : facts.header(name);
}
