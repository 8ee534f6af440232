/**
 * Http1: HTTP/1.1 by `node:http` and @hono/node-server, on sockets from anywhere.
 * @module
 */

import type { EventEmitter } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Socket } from "node:net";
import { SMALL_BYTES } from "../http/body-buffer.ts";
import { ServerEnv } from "../http/server-env.ts";
import { isStreamed } from "../http/stream.ts";
import { late } from "../late.ts";
import { httpLog as log } from "../log.ts";
import { abortOnError } from "./abort-on-error.ts";
import { countRefused, type Fetch, NO_HOST } from "./listener.ts";
import { answerDirectly, directHandler } from "./node-request.ts";
import { PlainConnection } from "./plain/plain-connection.ts";
import {
  bodyOf,
  hasDotSegments,
  REFUSED_HEADERS,
  refusalOfMessage,
  withRawPath,
} from "./request-shape.ts";

/** The times after which a connection is closed, in milliseconds. */
const TIMEOUTS = {
  /** Without a request. */
  idleMs: 60_000,
  /** Of a request whose body does not arrive: as of `node:http`. */
  bodyMs: 300_000,
};

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

type NodeServer = typeof import("@hono/node-server");

/** The state of a connection. */
interface Connection {
  /** Answers that are not complete, or not sent to their end. */
  answers: number;
  /** The time at which it was opened, or had its last answer. */
  quietSinceMs: number;
  /** Ends it when there has been no request for long. */
  timer: NodeJS.Timeout | undefined;
  /** Records the end of an answer. */
  readonly onAnswered: () => void;
  /** True once this side has closed it. */
  ended: boolean;
  /** The latest request, and its answer. */
  request: { readonly complete: boolean } | undefined;
  response: ServerResponse | undefined;
}

/** The HTTP/1.1 connections of a port. */
export class Http1 {
  readonly #fetch: Fetch;
  /** Loaded for the first request that is not plain: many servers never get one. */
  readonly #listener: () => Promise<ReturnType<NodeServer["getRequestListener"]>>;
  readonly #connections = new Map<Socket, Connection>();
  readonly #timeouts: typeof TIMEOUTS;
  #closing = false;

  constructor(fetch: Fetch, timeouts: Partial<typeof TIMEOUTS> = {}) {
    this.#fetch = fetch;
    this.#listener = late(async () => {
      const { getRequestListener } = await import("@hono/node-server");
      return getRequestListener(
        async (request, { incoming, outgoing }) => {
          const { url = "" } = incoming;
          const raw = hasDotSegments(url) ? withRawPath(request, url) : request;
          const env = new ServerEnv(true, () => incoming.socket.remoteAddress);
          const response = await fetch(raw, env);
          return isStreamed(request) ? abortOnError(response, () => outgoing.destroy()) : response;
        },
        { overrideGlobalObjects: false, hostname: NO_HOST },
      );
    });
    this.#timeouts = { ...TIMEOUTS, ...timeouts };
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
      onAnswered: () => {
        connection.answers -= 1;
        connection.quietSinceMs = performance.now();
        if (connection.answers === 0) this.#rest(socket, connection);
      },
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
    if (connection !== undefined) {
      if (!this.#begin(connection)) return;
      connection.request = request;
      connection.response = response;
      response.on("close", connection.onAnswered);
    }
    const refusal = refusalOfMessage(request);
    if (hasUnreadBody(request)) response.setHeader("connection", "close");
    if (refusal === undefined) {
      const direct = directHandler(request, this.#fetch.apis);
      if (direct === undefined) void this.#answerByFetch(request, response);
      else void answerDirectly(direct, request, response);
    } else {
      countRefused(this.#fetch, refusal.status);
      response.writeHead(refusal.status, REFUSED_HEADERS);
      response.end(JSON.stringify(bodyOf(refusal)));
    }
  };

  async #answerByFetch(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const answer = await this.#listener();
      await answer(request, response);
    } catch (error) {
      log.error("A request could not be answered: {error}", { error });
      response.destroy();
    }
  }

  #server(): Server {
    // `add` bounds idle time. The server's own timer costs a twelfth of a small request.
    const server = createServer({ keepAliveTimeout: 0, joinDuplicateHeaders: true }, this.handle);
    // Otherwise the server refuses other expectations itself, and they are not counted.
    server.on("checkExpectation", this.handle);
    this.watch(server);
    return server;
  }

  /** Returns a function that takes the sockets of another server. */
  taker(): (socket: Socket) => void {
    const server = this.#server();
    // Deno takes a server that does not listen for a closed one, and would close each connection
    // after its first answer.
    Object.defineProperty(server, "listening", { get: () => true });
    const serve = (socket: Socket): void => void server.emit("connection", socket);
    return (socket) => {
      this.add(socket);
      const connection = this.#connections.get(socket);
      if (connection === undefined) return serve(socket);
      new PlainConnection(socket, {
        fetch: this.#fetch,
        bodyTimeoutMs: this.#timeouts.bodyMs,
        begin: () => this.#begin(connection),
        end: connection.onAnswered,
        close(isRead) {
          connection.ended = true;
          connection.request = { complete: isRead };
          socket.destroySoon();
        },
        serve,
      });
    };
  }

  /** Records the start of a request. Returns false if it came too late, and must not run. */
  #begin(connection: Connection): boolean {
    if (connection.ended) return false;
    if (this.#closing) clearTimeout(connection.timer);
    connection.answers += 1;
    return true;
  }

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
      ...Object.entries(REFUSED_HEADERS).map(([name, value]) => `${name}: ${value}`),
      `content-length: ${Buffer.byteLength(body)}`,
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

  /** Sees to it that a connection without a request ends in time. */
  #rest(socket: Socket, connection: Connection): void {
    if (!this.#connections.has(socket)) return; // the connection has closed
    if (!this.#closing) {
      // A timer that runs is left running: another one for each answer would cost more.
      connection.timer ??= this.#endIdle(socket, connection, this.#timeouts.idleMs);
      return;
    }
    clearTimeout(connection.timer);
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

  /** Destroys a connection after some time, unless there has been a request meanwhile. */
  #endIdle(socket: Socket, connection: Connection, afterMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      connection.timer = undefined;
      if (connection.answers > 0) return; // the last answer starts it again
      const leftMs = this.#timeouts.idleMs - (performance.now() - connection.quietSinceMs);
      if (leftMs < 1) socket.destroy();
      else connection.timer = this.#endIdle(socket, connection, leftMs);
    }, afterMs);
  }
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

/**
 * Returns true for a request whose body nobody reads, since a `Request` of its method has none,
 * and that is too long for the server to skip: Deno would wait for it, and read no other request.
 */
function hasUnreadBody({ method, headers }: IncomingMessage): boolean {
  if (method !== "GET" && method !== "HEAD") return false;
  const isChunked = headers["transfer-encoding"] !== undefined;
  return isChunked || Number(headers["content-length"] ?? 0) > SMALL_BYTES;
}
