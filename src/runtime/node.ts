/**
 * Node: `node:http` behind @hono/node-server.
 * @module
 */

import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { nodeHost } from "./node-host.ts";
import { type Fetch, type Listener, type ListenOptions, NO_HOST, type Runtime } from "./runtime.ts";

/** Node. */
export const runtime: Runtime = { name: `Node ${process.versions.node}`, host: nodeHost, listen };

async function listen(fetch: Fetch, { host, port }: ListenOptions): Promise<Listener> {
  const listener = getRequestListener(fetch, { overrideGlobalObjects: false, hostname: NO_HOST });
  const answers = new Set<ServerResponse>();
  let closing = false;
  const server = createServer((request, response) => {
    answers.add(response);
    response.once("close", () => {
      answers.delete(response);
      if (closing) server.closeIdleConnections();
    });
    void listener(request, response);
  });
  // To Node a connection is idle as soon as its answer is complete, however much of it is still to
  // be sent: it would cut the answer off, here and in close(), which calls this. So none is closed
  // while an answer is being sent, and all that are idle when it has been.
  const closeIdle = server.closeIdleConnections.bind(server);
  server.closeIdleConnections = () => {
    for (const answer of answers) if (answer.writableEnded) return;
    closeIdle();
  };
  server.listen(port, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close(graceMs) {
      const closed = once(server, "close");
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      closing = true;
      server.close(); // and what is idle
      await closed;
      clearTimeout(timer);
    },
  };
}
