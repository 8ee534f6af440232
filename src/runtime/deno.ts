/**
 * Deno: `Deno.serve`.
 * @module
 */

import { ServiceError } from "../error.ts";
import { systemClock } from "../host.ts";
import { log } from "../log.ts";
import { nodeHost } from "./node-host.ts";
import type { Fetch, Listener, ListenOptions, Runtime } from "./runtime.ts";

/** The part of Deno's global that is used here, so that no other types are needed to read this. */
interface DenoGlobal {
  readonly version: { readonly deno: string };
  serve(
    options: {
      readonly hostname: string;
      readonly port: number;
      readonly signal: AbortSignal;
      readonly onListen: () => void;
      readonly onError: (error: unknown) => Response;
    },
    handler: (request: Request) => Promise<Response>,
  ): { readonly addr: { readonly port: number }; shutdown(): Promise<void> };
}

const { Deno } = globalThis as unknown as { readonly Deno: DenoGlobal };

/** Deno. */
export const runtime: Runtime = { name: `Deno ${Deno?.version.deno}`, host: nodeHost, listen };

async function listen(fetch: Fetch, { host, port }: ListenOptions): Promise<Listener> {
  const stop = new AbortController();
  const underWay = new Set<Promise<Response>>();
  const server = Deno.serve(
    { hostname: host, port, signal: stop.signal, onListen: () => {}, onError },
    (request) => {
      const answer = answerTo(request).finally(() => underWay.delete(answer));
      underWay.add(answer);
      return answer;
    },
  );
  async function answerTo(request: Request): Promise<Response> {
    const response = await fetch(request);
    return response.headers.get("connection") === "close" ? hangUp(response) : response;
  }
  return {
    port: server.addr.port,
    // Once shutdown() has begun, nothing can end it any more. So it begins when every request has
    // its answer; until then the port stays open, and the application refuses what comes in.
    async close(graceMs) {
      const grace = Promise.withResolvers<void>();
      const cancel = systemClock.after(graceMs, grace.resolve);
      await Promise.race([Promise.allSettled(underWay), grace.promise]);
      if (underWay.size > 0) stop.abort();
      else await Promise.race([server.shutdown(), grace.promise]);
      cancel();
    },
  };
}

/** Long enough for an answer to arrive before its connection ends. */
const HANG_UP_MS = 100;

/** What ends a connection. */
const HANGING_UP = new Error("Hanging up");

/** Told of bodies that break off, too, which Deno would print. What a caller is told is no news. */
function onError(error: unknown): Response {
  const isNews = error !== HANGING_UP && !(error instanceof ServiceError);
  if (isNews) log.error("An answer could not be sent: {error}", { error });
  return new Response(null, { status: 500 });
}

/**
 * The answer, after which the connection ends. Deno does not close one for `Connection: close`
 * while the client still sends: it would read a refused body to its end, for ever if need be. A
 * body that breaks off after its last byte does end it.
 */
async function hangUp(response: Response): Promise<Response> {
  if (response.body === null) return response; // 204, 205 and 304 must not get one
  const bytes = await response.bytes();
  let timer: ReturnType<typeof setTimeout>;
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      timer = setTimeout(() => controller.error(HANGING_UP), HANG_UP_MS);
    },
    cancel: () => clearTimeout(timer),
  });
  const headers = new Headers(response.headers);
  headers.set("content-length", String(bytes.length));
  return new Response(body, { status: response.status, headers });
}
