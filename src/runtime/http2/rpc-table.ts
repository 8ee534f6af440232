/**
 * RpcTable: the calls that routes offer, by path.
 * @module
 */

import type { DescMethod } from "@bufbuild/protobuf";
import {
  type ConnectRouter,
  type ConnectRouterOptions,
  createMethodImplSpec,
  createServiceImplSpec,
  type MethodImplSpec,
} from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import { rpcRouter } from "../../rpc/router.ts";
import type { Routes } from "../../rpc/routes.ts";

/** One call that is offered. */
export interface Rpc {
  /** Answers it in any of the three protocols. */
  readonly handler: UniversalHandler;
  /** What it runs, for the short path; undefined if it is registered with options of its own. */
  readonly spec: MethodImplSpec | undefined;
}

/**
 * The calls of routes, by path: `/package.Service/Method`. Connect's router keeps what it runs to
 * itself, so one that keeps a note of it stands in front.
 */
export function rpcTable(routes: Routes, options: ConnectRouterOptions): ReadonlyMap<string, Rpc> {
  const connect = rpcRouter(options);
  const specs = new Map<DescMethod, MethodImplSpec | undefined>();
  const router: ConnectRouter = {
    handlers: connect.handlers,
    service(service, implementation, own) {
      for (const spec of Object.values(createServiceImplSpec(service, implementation).methods)) {
        specs.set(spec.method, own === undefined ? spec : undefined);
      }
      connect.service(service, implementation, own);
      return this;
    },
    rpc(method, implementation, own) {
      const spec = own === undefined ? createMethodImplSpec(method, implementation) : undefined;
      specs.set(method, spec as MethodImplSpec | undefined);
      connect.rpc(method, implementation, own);
      return this;
    },
  };
  routes(router);
  return new Map(
    connect.handlers.map((handler) => [
      handler.requestPath,
      { handler, spec: specs.get(handler.method) },
    ]),
  );
}
