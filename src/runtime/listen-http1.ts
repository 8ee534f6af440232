/**
 * listenHttp1(): HTTP/1.1 on a port of `node:net`, on every runtime. It answers small requests in
 * less time than the runtimes' own servers (`test/bench/README.md`), whose connections also cannot
 * be bounded.
 * @module
 */

import { once } from "node:events";
import { createServer } from "node:net";
import { Connections, portOf } from "./connections.ts";
import { Http1 } from "./http1.ts";
import { type Fetch, type Listener, type ListenOptions, MAX_CONNECTIONS } from "./listener.ts";

/**
 * Opens a port for HTTP/1.1.
 *
 * @throws Error of the runtime when it cannot be opened
 */
export async function listenHttp1(fetch: Fetch, options: ListenOptions): Promise<Listener> {
  const { host, port, maxConnections = MAX_CONNECTIONS } = options;
  const http1 = new Http1(fetch);
  const server = createServer({ noDelay: true });
  const connections = new Connections(server, maxConnections, () =>
    fetch.requests?.connectionRefused(),
  );
  server.on("connection", http1.taker());
  connections.listen(port, host);
  await once(server, "listening");
  return {
    port: portOf(server),
    close: connections.closer(() => http1.close()),
  };
}
