/**
 * Deno: `Deno.serve`.
 * @module
 */

import { messageOf, ServiceError } from "../error.ts";
import { host } from "../host/server.ts";
import { CHECKS_LENGTH } from "../http/checked-length.ts";
import { isStreamed } from "../http/stream.ts";
import { log } from "../log.ts";
import { closer } from "./closer.ts";
import { bodyOf, refuse } from "./request-shape.ts";
import {
  countRefused,
  type Fetch,
  type Listener,
  type ListenOptions,
  type Runtime,
} from "./runtime.ts";

/** The part of Deno's global that is used here: the types of Deno are not needed to build this. */
interface DenoGlobal {
  readonly version: { readonly deno: string };
  serve(
    options: {
      readonly hostname: string;
      readonly port: number;
      readonly onListen: () => void;
      readonly onError: (error: unknown) => Response;
    },
    handler: (request: Request) => Promise<Response>,
  ): DenoServer;
}

interface DenoServer {
  readonly addr: { readonly port: number };
  /** Resolves after a shutdown; rejects when it can no longer accept connections. */
  readonly finished: Promise<void>;
  shutdown(): Promise<void>;
}

const { Deno } = globalThis as unknown as { readonly Deno: DenoGlobal };

/** The runtime Deno. */
export const runtime: Runtime = { name: `Deno ${Deno?.version.deno}`, host, listen };

async function listen(fetch: Fetch, { host, port }: ListenOptions): Promise<Listener> {
  /** The functions that answer the requests under way. */
  const underWay = new Set<(response: Response) => void>();
  const open = (at: number): DenoServer =>
    Deno.serve({ hostname: host, port: at, onListen: () => {}, onError }, (request) => {
      const { promise, resolve, reject } = Promise.withResolvers<Response>();
      underWay.add(resolve);
      const forget = (): void => void underWay.delete(resolve);
      answerTo(request).then(resolve, reject).finally(forget);
      return promise;
    });
  let server = open(port);
  const own = server.addr.port;
  let isClosing = false;
  const watch = (): void => void server.finished.catch(reopen);
  watch();
  /** Opens the port again after Deno closed it because there were too many connections. */
  async function reopen(error: unknown): Promise<void> {
    log.error("The port {port} failed and is opened again: {error}", {
      port: own,
      error: messageOf(error),
    });
    while (!isClosing) {
      await new Promise((resolve) => setTimeout(resolve, REOPEN_MS));
      try {
        if (!isClosing) server = open(own);
        return watch();
      } catch (again) {
        log.debug("The port {port} cannot be opened yet: {again}", { port: own, again });
      }
    }
  }
  async function answerTo(request: Request): Promise<Response> {
    const refused = refuse(request) ?? refuseTarget(request);
    if (refused !== undefined) countRefused(fetch, refused.status);
    const response = refused ?? (await fetch(request, CHECKS_LENGTH));
    if (response.headers.get("connection") !== "close") return response;
    return isOpenEnded(request, response) ? response : hangUp(response);
  }
  const forced = Promise.withResolvers<void>();
  return {
    port: own,
    // Nothing aborts shutdown() once it has begun. Requests that are left after the grace get an
    // answer; if it is not read, the connection ends with the process.
    close: closer({
      begin() {
        isClosing = true;
        // A server that has failed has no connections.
        const ended = server.shutdown().catch(() => {});
        return Promise.race([ended, forced.promise]);
      },
      force() {
        for (const answer of underWay) answer(new Response(null, { status: 503 }));
        forced.resolve();
      },
    }),
  };
}

/** The delay before a failed port is opened again, in which surplus connections end. */
const REOPEN_MS = 500;

/** Returns true for an answer that is a stream, which may stay open for long. */
function isOpenEnded(request: Request, { headers }: Response): boolean {
  const type = headers.get("content-type") ?? "";
  return isStreamed(request) || /^application\/(connect\+|grpc-web)/.test(type);
}

/** Refuses a request target from which Deno could not make a valid URL. */
function refuseTarget({ url, headers }: Request): Response | undefined {
  if (url.startsWith(`http://${headers.get("host")}/`) || URL.canParse(url)) return undefined;
  return Response.json(bodyOf({ status: 400, text: "The request target is not a valid URL" }), {
    status: 400,
  });
}

/** The time for an answer to arrive before its connection ends, in milliseconds. */
const HANG_UP_MS = 100;

/** The error that ends a connection. */
const HANGING_UP = new Error("Hanging up");

/** Logs errors, and those of failed bodies, instead of Deno. Errors for callers are not logged. */
function onError(error: unknown): Response {
  const isNews = error !== HANGING_UP && !(error instanceof ServiceError);
  if (isNews) log.error("An answer could not be sent: {error}", { error });
  return new Response(null, { status: 500 });
}

/**
 * Returns the same answer, after which the connection ends. With `Connection: close`, Deno keeps a
 * connection open while the client still sends: it would read a refused body without a bound. A
 * body that fails after its last byte ends the connection.
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
