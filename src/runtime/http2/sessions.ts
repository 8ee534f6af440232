/**
 * Sessions: the HTTP/2 connections of a server.
 * @module
 */

import type {
  Http2SecureServer,
  Http2Server,
  IncomingHttpHeaders,
  ServerHttp2Session,
  ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import { plainAddress } from "../../access/address.ts";
import { rpcLog as log } from "../../log.ts";
import type { Connections } from "../connections.ts";
import type { Http2Request } from "./call.ts";
import type { Http2Limits } from "./limits.ts";
import { Session } from "./session.ts";

/** Answers a request, or returns false to leave it to the listeners for `request`. */
export type StreamHandler = (request: Http2Request) => boolean;

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

  /**
   * Passes the requests within the limits to a handler, and those that it does not take to the
   * listeners for `request`. Add those before: with the first one, `node:http2` itself listens for
   * streams, and makes a request and a response for each, which cost more than all the rest of a
   * small call.
   */
  serve(server: Http2Server | Http2SecureServer, handle: StreamHandler): void {
    const others = server.listeners("stream") as ((...args: unknown[]) => void)[];
    server.removeAllListeners("stream");
    // All types are stated: those of Deno do not have the fourth argument.
    const onStream = (
      stream: ServerHttp2Stream,
      headers: IncomingHttpHeaders,
      flags: number,
      rawHeaders: string[],
    ): void => {
      // A failed stream is closed anyway. Without a listener, its error would end the process.
      stream.on("error", ignore);
      const { session } = stream;
      if (session === undefined) return; // it has closed meanwhile
      const known = this.#sessions.get(session as ServerHttp2Session);
      if (known?.admit(stream) !== true) return;
      if (handle({ stream, headers, rawHeaders, peer: known.peer })) return;
      for (const other of others) other.call(server, stream, headers, flags, rawHeaders);
    };
    server.on("stream", onStream);
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
    const session = new Session(native, {
      socket: isLatest ? this.#latest : undefined,
      peer: plainAddress(remoteAddress),
      limits: this.#limits,
    });
    this.#sessions.set(native, session);
    native.once("close", () => {
      this.#sessions.delete(native);
      this.#connections.closeSoon({ remoteAddress, remotePort });
    });
    if (this.#closing) session.close();
  }
}

function ignore(): void {}
