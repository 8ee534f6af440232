/**
 * RequestFacts: the facts of a request that are known before its body is read.
 * @module
 */

import type { ServiceError } from "../error.ts";
import type { CountedRequest } from "../service/request-metrics.ts";

/** The facts of one request. Expensive ones are made at their first use. */
export interface RequestFacts {
  /** The protocol, one of a few names: what an answer costs differs between them. */
  readonly protocol: string;
  /** The API's name, or the path of a mounted method: for logs. */
  readonly endpoint: string;
  readonly requestId: string;
  /** The whole URL, with its query. */
  readonly url: string;
  /** The method of HTTP, for middleware of calls. Default POST. */
  readonly method?: string;
  /** The headers, or gRPC's metadata. */
  readonly headers: Headers;
  /**
   * The address of the client, or of the last proxy before the server; undefined where the server
   * does not tell it.
   */
  readonly peer?: string | undefined;
  /** Returns one header, without making `headers`. */
  header(name: string): string | null | undefined;
  /**
   * Calls a function once when the caller disconnects, immediately if it has already. Returns a
   * function that removes the listener.
   */
  onDisconnect(listener: () => void): () => void;
  /** The time that the server allows the request, in milliseconds. */
  readonly timeoutMs: number;
  /** The time that the caller will wait, in milliseconds; undefined if it sent none. */
  readonly callerTimeoutMs: number | undefined;
  /** The error to answer with, if a header cannot be read. */
  readonly malformed?: ServiceError | undefined;
  /** Returns the HTTP status of an error of the protocol itself; undefined for other errors. */
  statusOf?(thrown: unknown): number | undefined;
  /** The request in the metrics. The sender of the answer ends it. */
  readonly counted: CountedRequest;
}

/** Returns the `onDisconnect` of a caller whose disconnect aborts a signal. */
export function onAbort(signal: AbortSignal): RequestFacts["onDisconnect"] {
  return (listener) => {
    if (signal.aborted) listener();
    else signal.addEventListener("abort", listener, { once: true });
    return () => signal.removeEventListener("abort", listener);
  };
}
