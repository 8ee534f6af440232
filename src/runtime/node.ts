/**
 * Node: `node:http` behind @hono/node-server.
 * @module
 */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { nodeHost } from "./node-host.ts";
import type { Fetch, Listener, ListenOptions, Runtime } from "./runtime.ts";

/** Node. */
export const runtime: Runtime = { name: `Node ${process.versions.node}`, host: nodeHost, listen };

async function listen(fetch: Fetch, { host, port }: ListenOptions): Promise<Listener> {
  const listener = getRequestListener(fetch, { overrideGlobalObjects: false });
  const server = createServer((request, response) => void listener(request, response));
  server.listen(port, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close(graceMs) {
      const closed = once(server, "close");
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      server.close();
      server.closeIdleConnections();
      await closed;
      clearTimeout(timer);
    },
  };
}
