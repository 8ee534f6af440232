/**
 * openGrpcServer(): RPCs on a port of their own, over HTTP/2 without TLS.
 * @module
 */

import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import type { Routes } from "../../rpc/routes.ts";
import { Connections } from "../connections.ts";
import type { Listener } from "../runtime.ts";
import { http2OptionsOf, limitsOf } from "./limits.ts";
import { type Http2Options, rpcHandler } from "./rpc-handler.ts";
import { Sessions } from "./sessions.ts";

/**
 * Serves the calls of routes, in gRPC, and in gRPC-Web and Connect over HTTP/2.
 *
 * @throws Error of the runtime when the port cannot be opened
 */
export async function openGrpcServer(
  routes: Routes,
  { host, port, ...options }: Http2Options,
): Promise<Listener> {
  const limits = limitsOf(options.limits);
  const server = createServer(http2OptionsOf(limits));
  const connections = new Connections(server, limits.maxConnections, () =>
    routes.requests?.connectionRefused(),
  );
  const sessions = new Sessions(server, connections, limits);
  server.on("request", sessions.guard(rpcHandler(routes, options)));
  server.listen(port, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: connections.closer(() => sessions.close()),
  };
}
