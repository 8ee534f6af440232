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
  // The server itself would refuse other expectations, uncounted.
  server.on("checkExpectation", http1.handle);
  http1.watch(server);
  const connections = new Connections(server, maxConnections, () =>
    fetch.requests?.connectionRefused(),
  );
  server.on("connection", http1.add);
  // To Node a connection is idle as soon as its answer is complete, however much of it is still to
  // be sent: its close() would truncate the answer. `http1` knows better.
  server.closeIdleConnections = () => {};
  server.listen(port, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: connections.closer(() => http1.close()),
  };
}
