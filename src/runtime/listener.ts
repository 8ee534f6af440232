/**
 * Listener: an open port for HTTP, and the function that answers its requests.
 * @module
 */

import type { ApiHandlers } from "../http/apis.ts";
import { type RequestCounter, UNKNOWN } from "../service/request-metrics.ts";

/** Answers one HTTP request. */
export interface Fetch {
  (request: Request, env?: object): Response | Promise<Response>;
  /** The handlers of APIs by their paths, for servers that can do without a `Request`. */
  readonly apis?: ApiHandlers;
  /** Counts requests that never reach it; `undefined` if nothing is counted. */
  readonly requests?: RequestCounter;
}

/** Counts a request that is refused before `fetch` receives it, under no path of its own. */
export function countRefused({ requests }: Fetch, status: number): void {
  requests?.begin(UNKNOWN).end(status);
}

/**
 * The host in the URL of a request without one: HTTP/1.0 allows that, and health checkers use it.
 */
export const NO_HOST = "localhost";

/** The default bound on the connections of a port. */
export const MAX_CONNECTIONS = 10_000;

/** The settings of a listener. */
export interface ListenOptions {
  /** An address or name of this machine; `0.0.0.0` is all of IPv4. */
  readonly host: string;
  /** The port; 0 takes any that is free. */
  readonly port: number;
  /** Connections at the same time; above it, a new one is closed. Default `MAX_CONNECTIONS`. */
  readonly maxConnections?: number;
}

/** An open port. */
export interface Listener {
  readonly port: number;
  /**
   * Takes no more connections and waits for the requests under way, at most `graceMs`
   * milliseconds; then closes what is left. Another call sets the grace anew.
   */
  close(graceMs: number): Promise<void>;
}
