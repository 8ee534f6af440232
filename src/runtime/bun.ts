/**
 * Bun: `Bun.serve`.
 * @module
 */

import { host } from "../host/server.ts";
import { CHECKS_LENGTH } from "../http/checked-length.ts";
import { isStreamed } from "../http/stream.ts";
import { isWithin } from "../service/mounts.ts";
import { closer } from "./closer.ts";
import { refuse, withRawPath } from "./request-shape.ts";
import {
  countRefused,
  type Fetch,
  type Listener,
  type ListenOptions,
  NO_HOST,
  type Runtime,
} from "./runtime.ts";

/** The largest idle timeout that Bun takes, in seconds; 0 is none. */
const MAX_IDLE_SECONDS = 255;

/** The interval at which the timeout of a connection that waits for its answer is renewed. */
const KEEP_MS = 120_000;

/** The runtime Bun. */
export const runtime: Runtime = { name: `Bun ${Bun.version}`, host, listen };

async function listen(fetch: Fetch, options: ListenOptions): Promise<Listener> {
  // Bun counts the time that a connection waits for its answer as idle.
  const idleSeconds = Math.ceil(options.timeoutMs / 1000) + 15;
  const answer: Fetch = (request) => {
    const refused = refuse(request);
    if (refused !== undefined) {
      countRefused(fetch, refused.status);
      return refused;
    }
    const response = fetch(
      request.url.startsWith("/") ? withHost(request) : request,
      CHECKS_LENGTH,
    );
    if (idleSeconds <= MAX_IDLE_SECONDS || response instanceof Response) return response;
    return keptOpen(request, response);
  };
  /** Renews the timeout until the answer is there: without one, the connection would never end. */
  async function keptOpen(request: Request, response: Promise<Response>): Promise<Response> {
    const timer = setInterval(() => server.timeout(request, MAX_IDLE_SECONDS), KEEP_MS);
    try {
      return await response;
    } finally {
      clearInterval(timer);
      if (isStreamed(request)) server.timeout(request, 0);
    }
  }
  // Bun removes dot segments from URLs, but matches its routes against the path as it was sent.
  const exact = (options.paths ?? []).filter((path) => !/[:*]/.test(path));
  const known = new Set(exact);
  const parents = (options.paths ?? [])
    .filter((path) => path.endsWith("/*"))
    .map((path) => path.slice(0, -2));
  /** Answers a request whose path, as it was sent, is no route's. */
  const answerUnknown: Fetch = (request) =>
    answer(withRawPath(request, `/.${pathOf(request.url)}`));
  const belowParent = (parent: string): [string, Fetch] => [
    `${parent}/*`,
    (request) => (isWithin(pathOf(request.url), parent) ? answer(request) : answerUnknown(request)),
  ];
  const server = Bun.serve({
    hostname: options.host,
    port: options.port,
    routes: Object.fromEntries([
      ...exact.map((path) => [path, answer] as const),
      ...parents.map(belowParent),
    ]),
    fetch: (request) => {
      const path = pathOf(request.url);
      const isKnown = known.has(path) || parents.some((parent) => isWithin(path, parent));
      return isKnown ? answerUnknown(request) : answer(request);
    },
    development: false,
    // Outside development Bun shares a port by default: a second server would take half the calls.
    reusePort: false,
    idleTimeout: Math.min(idleSeconds, MAX_IDLE_SECONDS),
    // The application bounds bodies itself, and answers in its own form.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
  });
  return {
    port: server.port ?? options.port,
    close: closer({ begin: () => server.stop(false), force: () => void server.stop(true) }),
  };
}

/** Returns the path of a URL as it was sent, including a fragment, which no path should have. */
function pathOf(url: string): string {
  return url.includes("#") ? url : (URL.parse(url)?.pathname ?? url);
}

/** Returns a request with a whole URL: without a usable `Host`, Bun gives it a path alone. */
function withHost(request: Request): Request {
  const url = `http://${NO_HOST}${request.url}`;
  return Object.defineProperty(request, "url", { value: url });
}
