/**
 * Bun: `Bun.serve`.
 * @module
 */

import { systemClock } from "../host.ts";
import { nodeHost } from "./node-host.ts";
import { type Fetch, type Listener, type ListenOptions, NO_HOST, type Runtime } from "./runtime.ts";

/** The largest idle timeout that Bun takes, in seconds; 0 is none. */
const MAX_IDLE_SECONDS = 255;

/** Bun. */
export const runtime: Runtime = { name: `Bun ${Bun.version}`, host: nodeHost, listen };

async function listen(fetch: Fetch, options: ListenOptions): Promise<Listener> {
  // To Bun a connection that waits for its answer is idle too.
  const idleSeconds = Math.ceil(options.timeoutMs / 1000) + 15;
  const server = Bun.serve({
    hostname: options.host,
    port: options.port,
    fetch: (request) => fetch(request.url.startsWith("/") ? withHost(request) : request),
    development: false,
    // Outside development Bun shares a port by default: a second server would take half the calls.
    reusePort: false,
    idleTimeout: idleSeconds > MAX_IDLE_SECONDS ? 0 : idleSeconds,
    // The application has its own bound, and answers it in its own words.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
  });
  return {
    port: server.port ?? options.port,
    async close(graceMs) {
      const cancel = systemClock.after(graceMs, () => void server.stop(true));
      await server.stop(false);
      cancel();
    },
  };
}

/** Without a `Host` that it can use, Bun gives a request a URL that is none: only its path. */
function withHost(request: Request): Request {
  const url = `http://${NO_HOST}${request.url}`;
  return Object.defineProperty(request, "url", { value: url });
}
