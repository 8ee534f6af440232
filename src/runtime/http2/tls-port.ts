/**
 * openTlsPort(): HTTP/1.1 and HTTP/2 over TLS on one port, for RPCs and for all other requests.
 * @module
 */

import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { rpcLog as log } from "../../log.ts";
import type { Routes } from "../../rpc/routes.ts";
import { Connections } from "../connections.ts";
import { Http1 } from "../http1.ts";
import type { Fetch, Listener } from "../listener.ts";
import type { Certificates } from "./certificates.ts";
import { fetchHandler, type Http2Handler } from "./fetch-handler.ts";
import { http2OptionsOf, limitsOf } from "./limits.ts";
import { type Http2Options, rpcHandler } from "./rpc-handler.ts";
import { Sessions } from "./sessions.ts";

/** The settings of a port with TLS. */
export interface TlsOptions extends Http2Options {
  readonly certificates: Certificates;
}

/**
 * Serves the calls of routes over HTTP/2, and every other request by `fetch`: over HTTP/1.1, that
 * is all of them. Client and server choose the protocol in the handshake (ALPN).
 *
 * @param routes undefined for no gRPC: then `fetch` answers all requests over HTTP/2, too
 * @throws Error of the runtime when the port cannot be opened
 */
export async function openTlsPort(
  routes: Routes | undefined,
  fetch: Fetch,
  { host, port, certificates, ...options }: TlsOptions,
): Promise<Listener> {
  const limits = limitsOf(options.limits);
  const server = createSecureServer({
    ...http2OptionsOf(limits),
    ...certificates,
    allowHTTP1: true,
    handshakeTimeout: limits.prefaceTimeoutMs,
  });
  const connections = new Connections(server, limits.maxConnections, () =>
    routes?.requests?.connectionRefused(),
  );
  const http1 = new Http1(fetch, { idleMs: limits.prefaceTimeoutMs });
  const sessions = new Sessions(server, connections, limits);
  const otherwise = fetchHandler(fetch);
  const answer: Http2Handler = (request, response) => {
    if (request.httpVersionMajor === 2) otherwise(request, response);
    // The types do not cover allowHTTP1.
    else http1.handle(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  };
  server.on("request", answer);
  sessions.serve(server, routes === undefined ? () => false : rpcHandler(routes, options));
  // Otherwise the server refuses other expectations itself, and they are not counted.
  server.on("checkExpectation", answer);
  http1.watch(server);
  // Before the server itself sends anything.
  server.prependListener("secureConnection", (socket: TLSSocket) => {
    if (certificates.requestCert === true && showsUnknown(socket)) socket.destroy();
    else if (socket.alpnProtocol !== "h2") http1.add(socket);
  });
  // With a listener, Node's HTTP/1.1 parser reads through the socket. Without one, it reads even
  // while the socket is paused for an answer that is not read, and fails with HPE_PAUSED.
  server.on("secureConnection", (socket: TLSSocket) => {
    if (socket.alpnProtocol !== "h2") socket.on("data", () => {});
  });
  server.on("tlsClientError", (error: unknown) =>
    log.debug("A TLS handshake failed: {error}", { error }),
  );
  connections.listen(port, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: connections.closer(() => {
      http1.close();
      sessions.close();
    }),
  };
}

/** Returns true if a client shows a certificate of no known authority. */
function showsUnknown(socket: TLSSocket): boolean {
  // Empty for a client that shows none; null where the connection has ended already.
  return !socket.authorized && Object.keys(socket.getPeerCertificate() ?? {}).length > 0;
}
