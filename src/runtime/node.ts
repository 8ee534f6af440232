/**
 * Node: `node:http` behind @hono/node-server.
 * @module
 */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { host } from "../host/server.ts";
import { Connections } from "./connections.ts";
import { Http1 } from "./http1.ts";
import {
  type Fetch,
  type Listener,
  type ListenOptions,
  MAX_CONNECTIONS,
  type Runtime,
} from "./runtime.ts";

/** The runtime Node. */
export const runtime: Runtime = { name: `Node ${process.versions.node}`, host, listen };

async function listen(fetch: Fetch, options: ListenOptions): Promise<Listener> {
  const { host, port, maxConnections = MAX_CONNECTIONS } = options;
  const http1 = new Http1(fetch);
  const server = createServer(http1.handle);
  // Otherwise the server refuses other expectations itself, and they are not counted.
  server.on("checkExpectation", http1.handle);
  http1.watch(server);
  const connections = new Connections(server, maxConnections, () =>
    fetch.requests?.connectionRefused(),
  );
  server.on("connection", http1.add);
  // Node's own close() would truncate answers: it counts a connection as idle as soon as its answer
  // is complete, even if much of it has not been sent. `http1` waits for that.
  server.closeIdleConnections = () => {};
  server.listen(port, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: connections.closer(() => http1.close()),
  };
}
