/**
 * Connections: the open sockets of a port, bounded in number.
 * @module
 */

import { Server, type Socket } from "node:net";
import { log } from "../log.ts";
import { closer } from "./closer.ts";
import { connectionsWithin } from "./file-limit.ts";

/** The address of the other end of a socket. */
export type Peer = Pick<Socket, "remoteAddress" | "remotePort">;

/** The time in which the last bytes of a connection are sent, in milliseconds. */
const FLUSH_MS = 500;

/** The open sockets of a server; under TLS, those of TCP. */
export class Connections {
  readonly #server: Server;
  readonly #sockets = new Map<string, Socket>();
  readonly #closed = Promise.withResolvers<void>();
  #closing = false;
  #isForced = false;

  /**
   * Follows a server's sockets. Above the bound, a new one is closed.
   *
   * @param wanted the bound, unless the system allows fewer open files
   * @param onRefused called for each refused connection
   */
  constructor(server: Server, wanted: number, onRefused: () => void = () => {}) {
    this.#server = server;
    const maxConnections = connectionsWithin(wanted);
    // A connection that cannot be accepted does not stop the server. Errors of listen() also reject
    // its promise.
    server.on("error", (error: unknown) => log.debug("A port failed: {error}", { error }));
    server.on("connection", (socket: Socket) => {
      // The reader of the socket gets the error too. Without a listener, it would end the process.
      socket.on("error", () => {});
      const isFull = this.#sockets.size >= maxConnections;
      if (isFull || this.#closing) {
        if (isFull) onRefused();
        socket.destroy();
        return;
      }
      const name = nameOf(socket);
      this.#sockets.set(name, socket);
      socket.once("close", () => {
        this.#sockets.delete(name);
        if (this.#closing && this.#sockets.size === 0) this.#closed.resolve();
      });
    });
  }

  /**
   * Closes a socket after the end of its HTTP/2 session, if the session does not: Bun leaves the
   * socket open, and a client that has disconnected never closes it.
   */
  closeSoon(peer: Peer): void {
    const name = nameOf(peer);
    setTimeout(() => this.#sockets.get(name)?.destroy(), FLUSH_MS).unref();
  }

  /**
   * Returns the `close()` of a listener.
   *
   * @param end ends the connections by their protocols, once no more are accepted
   */
  closer(end: () => void): (graceMs: number) => Promise<void> {
    return closer({
      begin: async () => {
        // Connections that the system has accepted already are still served.
        await new Promise((resolve) => setImmediate(resolve));
        this.#closing = true;
        // Not the close() of an HTTP/2 server, which also ends its sessions.
        Server.prototype.close.call(this.#server);
        end();
        if (this.#isForced) this.#destroyAll();
        if (this.#sockets.size === 0) this.#closed.resolve();
        await this.#closed.promise;
      },
      force: () => {
        this.#isForced = true;
        this.#destroyAll();
      },
    });
  }

  #destroyAll(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }
}

function nameOf({ remoteAddress, remotePort }: Peer): string {
  return `${remoteAddress} ${remotePort}`;
}
