/**
 * LateRpc: what a service offers over Connect, gRPC-Web and gRPC. The code that answers calls is
 * loaded at the first one: with its libraries it is as large as the rest of a server, and most
 * servers are called over REST alone.
 * @module
 */

import { late } from "../late.ts";
import type { RequestCounter } from "../service/request-metrics.ts";
import type { Service } from "../service/service.ts";
import { methodPaths } from "./paths.ts";
import type { Routes, RpcRoutesOptions } from "./routes.ts";
import { type RpcServer, rpcServer } from "./rpc-server.ts";

/** The methods of a service. */
export class LateRpc {
  /** The paths of the methods. */
  readonly paths: ReadonlySet<string>;
  /** Loads the code that answers calls, once. */
  readonly routes: () => Promise<Routes>;
  readonly #server: RpcServer;

  /**
   * @throws RangeError for an option that is not as described, TypeError for a method that stands
   *   twice
   */
  constructor(service: Service, options: RpcRoutesOptions = {}) {
    const server = rpcServer(service, options);
    this.#server = server;
    this.routes = late(async () => (await import("./routes.ts")).routesOf(server, options));
    this.paths = new Set(methodPaths(service, options));
  }

  /** Counts the calls. */
  get requests(): RequestCounter {
    return this.#server.requests;
  }

  /**
   * Checks the services that the user has mounted, if there are any, so that what is wrong with
   * them fails the start and not their first call.
   *
   * @throws TypeError for what is no implementation of a service
   */
  async check(): Promise<void> {
    if (this.#server.service.rpc === undefined) return;
    const [{ rpcRouter }, routes] = await Promise.all([import("./router.ts"), this.routes()]);
    routes(rpcRouter({}));
  }
}
