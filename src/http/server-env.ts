/**
 * ServerEnv: what a server knows of a request beside the `Request`: the second argument of
 * `fetch()`. A body of checked length can be read at once, which takes half the time.
 * @module
 */

import type { Context } from "hono";
import { plainAddress } from "../access/address.ts";
import type { AccessRequest } from "../access/request.ts";

/** The argument that the servers of `serve()` pass. */
export class ServerEnv {
  /**
   * True if the parser of the server ends a body at its `Content-Length`. Other callers of
   * `fetch()`, such as an HTTP/2 server, may pass a longer body.
   */
  readonly checksLength: boolean;
  readonly #addressOf: (request: Request) => string | undefined;

  /** @param addressOf returns the address of the client of a request */
  constructor(checksLength: boolean, addressOf: (request: Request) => string | undefined) {
    this.checksLength = checksLength;
    this.#addressOf = addressOf;
  }

  /** Returns the address of the client. */
  addressOf(request: Request): string | undefined {
    return this.#addressOf(request);
  }
}

/** That of others: Bun's server, the `ServeHandlerInfo` of Deno, bindings of @hono/node-server. */
interface OtherEnv {
  readonly requestIP?: (request: Request) => { readonly address: string } | null;
  readonly remoteAddr?: { readonly hostname?: string };
  readonly completed?: unknown;
  readonly incoming?: {
    readonly httpVersionMajor?: number;
    readonly socket?: { readonly remoteAddress?: string };
  };
}

/**
 * Returns true for the second argument that the HTTP/1.1 servers of `Bun.serve()`, `Deno.serve()`
 * and `@hono/node-server` pass to `fetch`, and for that of our own.
 */
export function checksLength(env: unknown): boolean {
  if (env instanceof ServerEnv) return env.checksLength;
  const other = otherEnv(env);
  if (other.incoming !== undefined) return other.incoming.httpVersionMajor === 1;
  return "requestIP" in other || ("remoteAddr" in other && "completed" in other);
}

/**
 * Returns the address of the client of a request, which is that of a proxy behind one; undefined
 * where the server does not tell it.
 */
export function peerOf(request: Request, env: unknown): string | undefined {
  if (env instanceof ServerEnv) return plainAddress(env.addressOf(request));
  const other = otherEnv(env);
  const { incoming, remoteAddr } = other;
  if (incoming !== undefined) return plainAddress(incoming.socket?.remoteAddress);
  if (remoteAddr !== undefined) return plainAddress(remoteAddr.hostname);
  if (typeof other.requestIP !== "function") return undefined;
  return plainAddress(other.requestIP(request)?.address);
}

/** Returns the facts of a request that decide who may make it. */
export function accessRequestOf(c: Context): AccessRequest {
  const { url, method } = c.req.raw;
  const header = (name: string): string | undefined => c.req.header(name);
  return { url, method, peer: peerOf(c.req.raw, c.env), header };
}

function otherEnv(env: unknown): OtherEnv {
  return typeof env === "object" && env !== null ? env : {};
}
