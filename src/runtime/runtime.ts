/**
 * Runtime: the whole difference between Bun, Deno and Node. One file each implements this; the
 * package's `#runtime` import picks the one that fits.
 * @module
 */

import type { Host } from "../host.ts";
import { type RequestCounter, UNKNOWN } from "../service/request-metrics.ts";

/** Answers one HTTP request. */
export interface Fetch {
  (request: Request, env?: object): Response | Promise<Response>;
  /** Counts requests that never reach it; `undefined` if nothing is counted. */
  readonly requests?: RequestCounter;
}

/** Counts a request that is refused before `fetch` receives it: its path may be anything. */
export function countRefused({ requests }: Fetch, status: number): void {
  requests?.begin(UNKNOWN).end(status);
}

/**
 * The host in the URL of a request that names none: HTTP/1.0 need not, and health checkers do not.
 */
export const NO_HOST = "localhost";

/** The default for the most connections of a port at the same time. */
export const MAX_CONNECTIONS = 10_000;

/** Where and how to listen. */
export interface ListenOptions {
  /** An address or name of this machine; `0.0.0.0` is all of IPv4. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /**
   * Connections at the same time; above it, a new one is closed. Default `MAX_CONNECTIONS`. Bun and
   * Deno have no such bound for HTTP.
   */
  readonly maxConnections?: number;
  /** The paths that have routes; `/a/*` for all paths below `/a`. Default none. */
  readonly paths?: readonly string[];
  /** How long a request may take, in milliseconds: the server must not give up before. */
  readonly timeoutMs: number;
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

/** What a runtime gives to `serve()`. */
export interface Runtime {
  /** For people: `Bun 1.4.5`. */
  readonly name: string;
  readonly host: Host;
  /** @throws Error in the runtime's own words when the port cannot be had */
  listen(fetch: Fetch, options: ListenOptions): Promise<Listener>;
}
