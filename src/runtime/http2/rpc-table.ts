/**
 * RpcTable: the methods of routes, by path.
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
import type { OpenTable } from "../../rpc/typed/late-table.ts";

/** One method. */
export interface Rpc {
  /** Answers it in any of the three protocols. */
  readonly handler: UniversalHandler;
  /** Its implementation, for the short path; undefined for one with options of its own. */
  readonly spec: MethodImplSpec | undefined;
}

/** Returns the methods of routes by path: `/package.Service/Method`. */
export function rpcTable(routes: Routes, options: ConnectRouterOptions): ReadonlyMap<string, Rpc> {
  const { router, table } = openTable(routes, options);
  routes(router);
  return table();
}

/**
 * Opens a table of the methods that are added to its router. Connect's router hides the
 * implementations, so a router in front of it records them.
 */
export function openTable({ gate }: Routes, options: ConnectRouterOptions): OpenTable<Rpc> {
  const connect = rpcRouter(options, gate);
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
  const table = (): ReadonlyMap<string, Rpc> =>
    new Map(
      connect.handlers.map((handler) => [
        handler.requestPath,
        { handler, spec: specs.get(handler.method) },
      ]),
    );
  return { router, table };
}
