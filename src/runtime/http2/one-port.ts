/**
 * openOnePort(): HTTP/1.1 and HTTP/2 without TLS on one port, for RPCs and for all other requests.
 * @module
 */

import { once } from "node:events";
import { createServer as createHttp1Server } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, createServer } from "node:net";
import type { Routes } from "../../rpc/routes.ts";
import { Connections } from "../connections.ts";
import { Http1 } from "../http1.ts";
import type { Fetch, Listener } from "../runtime.ts";
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
  const http1 = new Http1(fetch, limits.prefaceTimeoutMs);
  const http1Server = createHttp1Server(http1.handle);
  // Otherwise the server refuses other expectations itself, and they are not counted.
  http1Server.on("checkExpectation", http1.handle);
  http1.watch(http1Server);
  // Deno takes a server that does not listen for a closed one, and would close each connection
  // after its first answer.
  Object.defineProperty(http1Server, "listening", { get: () => true });
  const http2Server = createHttp2Server(http2OptionsOf(limits));
  const sessions = new Sessions(http2Server, connections, limits);
  http2Server.on("request", sessions.guard(rpcHandler(routes, options, fetchHandler(fetch))));
  const sniffer = new Sniffer(
    (socket) => {
      http1.add(socket);
      http1Server.emit("connection", socket);
    },
    (socket) => http2Server.emit("connection", socket),
    limits.prefaceTimeoutMs,
  );
  server.on("connection", sniffer.sniff);
  server.listen(port, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: connections.closer(() => {
      sniffer.close();
      http1.close();
      sessions.close();
    }),
  };
}
