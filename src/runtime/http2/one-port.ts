/**
 * openOnePort(): HTTP/1.1 and HTTP/2 without TLS on one port, for RPCs and for all other requests.
 * @module
 */

import { once } from "node:events";
import { createServer as createHttp2Server } from "node:http2";
import { createServer } from "node:net";
import type { Routes } from "../../rpc/routes.ts";
import { Connections, portOf } from "../connections.ts";
import { Http1 } from "../http1.ts";
import type { Fetch, Listener } from "../listener.ts";
import { fetchHandler } from "./fetch-handler.ts";
import { http2OptionsOf, limitsOf } from "./limits.ts";
import { type Http2Options, rpcHandler } from "./rpc-handler.ts";
import { Sessions } from "./sessions.ts";
import { Sniffer } from "./sniffer.ts";

/**
 * Serves the calls of routes over HTTP/2, and every other request by `fetch`: over HTTP/1.1, that
 * is all of them.
 *
 * @throws Error of the runtime when the port cannot be opened
 */
export async function openOnePort(
  routes: Routes,
  fetch: Fetch,
  { host, port, ...options }: Http2Options,
): Promise<Listener> {
  const limits = limitsOf(options.limits);
  const server = createServer({ noDelay: true });
  const connections = new Connections(server, limits.maxConnections, () =>
    routes.requests?.connectionRefused(),
  );
  const http1 = new Http1(fetch, { idleMs: limits.prefaceTimeoutMs });
  const http2Server = createHttp2Server(http2OptionsOf(limits));
  const sessions = new Sessions(http2Server, connections, limits);
  http2Server.on("request", fetchHandler(fetch));
  sessions.serve(http2Server, rpcHandler(routes, options));
  const sniffer = new Sniffer(
    http1.taker(),
    (socket) => http2Server.emit("connection", socket),
    limits.prefaceTimeoutMs,
  );
  server.on("connection", sniffer.sniff);
  connections.listen(port, host);
  await once(server, "listening");
  return {
    port: portOf(server),
    close: connections.closer(() => {
      sniffer.close();
      http1.close();
      sessions.close();
    }),
  };
}
