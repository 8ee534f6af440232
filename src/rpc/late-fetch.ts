/**
 * lateFetch(): Connect and gRPC-Web for any server that calls `fetch(Request)`, by code that is
 * loaded at the first call.
 * @module
 */

import type { Compression } from "@connectrpc/connect/protocol";
import { REQUEST_ID, requestIdOf } from "../invocation/request-id.ts";
import { late } from "../late.ts";
import { rpcLog as log } from "../log.ts";
import { arrived } from "../service/request-listener.ts";
import type { RpcFetch, RpcFetchOptions } from "./fetch.ts";
import type { LateRpc } from "./late-rpc.ts";
import { pathOf } from "./path-of.ts";

/** The bounds of calls, and the compressions of messages. */
export interface LateFetchOptions extends Omit<RpcFetchOptions, "compressions"> {
  /** Loads the compressions. Default: those of `rpcFetch()`. */
  readonly compressions?: () => Promise<readonly Compression[]>;
}

/** Returns a function that answers calls. Those that come during the loading wait for it. */
export function lateFetch(
  rpc: LateRpc,
  { compressions, ...options }: LateFetchOptions = {},
): RpcFetch {
  let loaded: RpcFetch | undefined;
  const load = late(async () => {
    const [{ rpcFetch }, routes, own] = await Promise.all([
      import("./fetch.ts"),
      rpc.routes(),
      compressions?.(),
    ]);
    loaded = rpcFetch(routes, { ...options, ...(own && { compressions: own }) });
    return loaded;
  });
  async function answerLate(...[request, ...about]: Parameters<RpcFetch>): Promise<Response> {
    const path = pathOf(request.url);
    try {
      const answer = (await load())(request, ...about);
      // Not awaited: what fails from here on is counted by the call itself.
      if (answer !== undefined) return answer;
      throw new Error("there is no such method");
    } catch (error) {
      log.error("{path} failed: {error}", { path, error });
      rpc.requests.begin(path.slice(1), arrived(request, about[1])).end(500);
      const id = requestIdOf(request.headers.get(REQUEST_ID));
      const headers = { connection: "close", [REQUEST_ID]: id };
      return new Response(null, { status: 500, headers });
    }
  }
  return (request, ...about) => {
    if (loaded !== undefined) return loaded(request, ...about);
    return rpc.paths.has(pathOf(request.url)) ? answerLate(request, ...about) : undefined;
  };
}
