/**
 * Sessions: the HTTP/2 connections of a server.
 * @module
 */

import type { Http2SecureServer, Http2Server, ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import { log } from "../../log.ts";
import type { Connections } from "../connections.ts";
import type { Http2Limits } from "./limits.ts";
import type { Http2Handler } from "./rpc-handler.ts";
import { Session } from "./session.ts";

/** The HTTP/2 connections of a server. */
export class Sessions {
  readonly #connections: Connections;
  readonly #limits: Http2Limits;
  readonly #sessions = new Map<ServerHttp2Session, Session>();
  /** The latest connection, from which the next session is made. */
  #latest: Socket | undefined;
  readonly #checks: NodeJS.Timeout;
  #closing = false;

  /** Follows a server's connections. */
  constructor(
    server: Http2Server | Http2SecureServer,
    connections: Connections,
    limits: Http2Limits,
  ) {
    this.#connections = connections;
    this.#limits = limits;
    const event = "setSecureContext" in server ? "secureConnection" : "connection";
    server.prependListener(event, (socket: Socket) => {
      this.#latest = socket;
    });
    server.on("session", (session: ServerHttp2Session) => this.#add(session));
    server.on("sessionError", (error: unknown) =>
      log.debug("An HTTP/2 session failed: {error}", { error }),
    );
    this.#checks = setInterval(() => {
      for (const session of this.#sessions.values()) session.check();
    }, limits.pingIntervalMs);
    this.#checks.unref();
  }

  /** Returns a handler that passes on the requests that are within the limits. */
  guard(handle: Http2Handler): Http2Handler {
    return (request, response) => {
      const { session } = request.stream;
      if (session === undefined) return; // it has closed meanwhile
      // A failed stream is closed anyway. Without a listener, its error would end the process.
      request.on("error", ignore);
      response.on("error", ignore);
      if (this.#sessions.get(session as ServerHttp2Session)?.admit(response) === true) {
        handle(request, response);
      }
    };
  }

  /** Sends GOAWAY to every client; connections close when their last call ends. */
  close(): void {
    this.#closing = true;
    clearInterval(this.#checks);
    for (const session of this.#sessions.values()) session.close();
  }

  #add(native: ServerHttp2Session): void {
    if (native.destroyed) return;
    const { remoteAddress, remotePort } = native.socket;
    const isLatest = this.#latest?.remotePort === remotePort;
    const session = new Session(native, isLatest ? this.#latest : undefined, this.#limits);
    this.#sessions.set(native, session);
    native.once("close", () => {
      this.#sessions.delete(native);
      this.#connections.closeSoon({ remoteAddress, remotePort });
    });
    if (this.#closing) session.close();
  }
}

function ignore(): void {}
