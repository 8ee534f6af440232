/**
 * Http1: HTTP/1.1 by `node:http` and @hono/node-server, on sockets from anywhere.
 * @module
 */

import type { EventEmitter } from "node:events";
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { CHECKS_LENGTH } from "../http/checked-length.ts";
import { isStreamed } from "../http/stream.ts";
import { abortOnError } from "./abort-on-error.ts";
import { bodyOf, hasDotSegments, type Refusal, refusalOf, withRawPath } from "./request-shape.ts";
import { countRefused, type Fetch, NO_HOST } from "./runtime.ts";

/** The time without a request after which a connection is closed, in milliseconds. */
const IDLE_TIMEOUT_MS = 60_000;

/**
 * At a stop, how long a connection must have been without a request to be closed: one that has just
 * been opened, or has just had an answer, may have a request on its way.
 */
const QUIET_MS = 500;

/** The time in which a client that still sends can read the last answer, in milliseconds. */
const LINGER_MS = 500;

/** The answers to what the parser refuses with these errors; any other is 400. */
const PARSER_STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** The state of a connection. */
interface Connection {
  /** Answers that are not complete, or not sent to their end. */
  answers: number;
  /** The time at which it was opened, or had its last answer. */
  quietSinceMs: number;
  /** Ends it while there is no request. */
  timer: NodeJS.Timeout | undefined;
  /** True once this side has closed it. */
  ended: boolean;
  /** The latest request, and its answer. */
  request: IncomingMessage | undefined;
  response: ServerResponse | undefined;
}

/** The HTTP/1.1 connections of a port. */
export class Http1 {
  readonly #fetch: Fetch;
  readonly #listener: ReturnType<typeof getRequestListener>;
  readonly #connections = new Map<Socket, Connection>();
  readonly #idleTimeoutMs: number;
  #closing = false;

  constructor(fetch: Fetch, idleTimeoutMs: number = IDLE_TIMEOUT_MS) {
    this.#fetch = fetch;
    this.#listener = getRequestListener(
      async (request, { incoming, outgoing }) => {
        const { url = "" } = incoming;
        const raw = hasDotSegments(url) ? withRawPath(request, url) : request;
        const response = await fetch(raw, CHECKS_LENGTH);
        return isStreamed(request) ? abortOnError(response, () => outgoing.destroy()) : response;
      },
      { overrideGlobalObjects: false, hostname: NO_HOST },
    );
    this.#idleTimeoutMs = idleTimeoutMs;
  }

  /**
   * Follows a socket. Runtimes have a time limit for idle connections too, but Bun none for
   * sockets that are handed to its server.
   */
  readonly add = (socket: Socket): void => {
    const connection: Connection = {
      answers: 0,
      quietSinceMs: performance.now(),
      timer: undefined,
      ended: false,
      request: undefined,
      response: undefined,
    };
    this.#connections.set(socket, connection);
    closeSoftly(socket, connection);
    this.#rest(socket, connection);
    socket.once("close", () => {
      clearTimeout(connection.timer);
      this.#connections.delete(socket);
    });
  };

  /** Answers a request that came on one of the sockets. */
  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    const connection = this.#connections.get(socket);
    if (connection?.ended) return; // it came too late to be answered, so it must not run
    if (connection !== undefined) {
      clearTimeout(connection.timer);
      connection.request = request;
      connection.response = response;
      connection.answers += 1;
      response.once("close", () => {
        connection.answers -= 1;
        connection.quietSinceMs = performance.now();
        if (connection.answers === 0) this.#rest(socket, connection);
      });
    }
    const refusal = refusalOfMessage(request);
    if (refusal === undefined) void this.#listener(request, response);
    else {
      countRefused(this.#fetch, refusal.status);
      response.writeHead(refusal.status, {
        "content-type": "application/json",
        connection: "close",
      });
      response.end(JSON.stringify(bodyOf(refusal)));
    }
  };

  /** Answers requests that a server would refuse by itself, so that they are counted. */
  watch(server: EventEmitter): void {
    // The server reads this option at each request. `handle` refuses one without a Host.
    Object.assign(server, { requireHostHeader: false });
    server.on("clientError", this.#refuse);
  }

  /** Answers bytes that the parser rejects, and closes their connection. */
  readonly #refuse = (error: Error & { readonly code?: string }, socket: Socket): void => {
    const connection = this.#connections.get(socket);
    const isAnswered = connection?.answers !== 0 && connection?.response?.headersSent;
    if (connection === undefined || connection.ended || !socket.writable || isAnswered) {
      socket.destroy();
      return;
    }
    connection.ended = true;
    const status = PARSER_STATUS[error.code ?? ""] ?? 400;
    // A request with a malformed body is counted already, as one whose client disconnected.
    if (connection.answers === 0) countRefused(this.#fetch, status);
    const body = JSON.stringify(
      bodyOf({ status, text: `Cannot read the request: ${error.message}` }),
    );
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      "content-type: application/json",
      `content-length: ${Buffer.byteLength(body)}`,
      "connection: close",
    ];
    clearTimeout(connection.timer);
    socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
    connection.timer = setTimeout(() => socket.destroy(), LINGER_MS);
  };

  /** Closes idle connections now, and the others when their answers have been sent. */
  close(): void {
    this.#closing = true;
    for (const [socket, connection] of this.#connections) {
      if (connection.answers === 0) this.#rest(socket, connection);
    }
  }

  #rest(socket: Socket, connection: Connection): void {
    clearTimeout(connection.timer);
    if (!this.#connections.has(socket)) return; // the connection has closed
    if (!this.#closing) {
      connection.timer = setTimeout(() => socket.destroy(), this.#idleTimeoutMs);
      return;
    }
    const quietMs = performance.now() - connection.quietSinceMs;
    const end = (): void => {
      connection.ended = true;
      socket.end();
      // A request that arrives at the same moment is read: closing with unread bytes is a reset.
      connection.timer = setTimeout(() => socket.destroy(), LINGER_MS);
    };
    if (quietMs >= QUIET_MS) end();
    else connection.timer = setTimeout(end, QUIET_MS - quietMs);
  }
}

/** Returns why a request is refused that `node:http` accepted; `undefined` if it is not. */
function refusalOfMessage(request: IncomingMessage): Refusal | undefined {
  const { httpVersion, rawHeaders, headers } = request;
  if (httpVersion !== "1.1" && httpVersion !== "1.0") {
    return { status: 505, text: `The server speaks HTTP/1.1, not HTTP/${httpVersion}` };
  }
  const hosts = rawHeaders.filter((name, at) => at % 2 === 0 && /^host$/i.test(name)).length;
  if (hosts > 1)
    return { status: 400, text: `There must be one Host header, but there are ${hosts}` };
  const { host = null, expect = null, "transfer-encoding": transferEncoding = null } = headers;
  if (httpVersion === "1.1" && host === null) {
    return { status: 400, text: "There is no Host header, which HTTP/1.1 requires" };
  }
  if (httpVersion === "1.0" && transferEncoding !== null) {
    return { status: 400, text: "HTTP/1.0 has no Transfer-Encoding" };
  }
  return refusalOf({ host, transferEncoding, expect });
}

/**
 * Makes the server close a connection in steps while the client still sends a request that has been
 * answered: closing both directions at once resets it, and the client may lose the answer.
 */
function closeSoftly(socket: Socket, connection: Connection): void {
  const { destroySoon } = socket;
  socket.destroySoon = () => {
    socket.destroySoon = destroySoon;
    if (connection.request?.complete !== false) return socket.destroySoon();
    socket.end();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once("close", () => clearTimeout(timer));
  };
}
