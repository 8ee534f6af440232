/**
 * openGrpcServer(): RPCs on a port of their own, over HTTP/2 without TLS.
 * @module
 */

import { once } from "node:events";
import { createServer } from "node:net";
import { Connections, portOf } from "../connections.ts";
import type { Listener } from "../listener.ts";
import { type LateCalls, LateSessions } from "./late-sessions.ts";
import { limitsOf } from "./limits.ts";
import type { Http2Options } from "./rpc-handler.ts";

/**
 * Serves calls in gRPC, and in gRPC-Web and Connect over HTTP/2.
 *
 * @param loads when the code that answers them is loaded: at the `start`, or at the first
 *   connection
 * @throws Error of the runtime when the port cannot be opened
 */
export async function openGrpcServer(
  calls: LateCalls,
  { host, port, ...options }: Http2Options,
  loads: "start" | "first connection",
): Promise<Listener> {
  const limits = limitsOf(options.limits);
  const server = createServer({ noDelay: true });
  const connections = new Connections(server, limits.maxConnections, () =>
    calls.requests?.connectionRefused(),
  );
  const sessions = new LateSessions(calls, connections, options);
  server.on("connection", sessions.take);
  if (loads === "start") await sessions.load();
  connections.listen(port, host);
  await once(server, "listening");
  return {
    port: portOf(server),
    close: connections.closer(() => sessions.close()),
  };
}
