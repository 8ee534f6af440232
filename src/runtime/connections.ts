/**
 * Connections: the open sockets of a port, bounded in number.
 * @module
 */

import { Server, type Socket } from "node:net";
import { log } from "../log.ts";
import { closer } from "./closer.ts";
import { connectionsWithin } from "./file-limit.ts";

/** Who is at the other end of a socket. */
export type Peer = Pick<Socket, "remoteAddress" | "remotePort">;

/** How long the last bytes of a connection may take to be sent, in milliseconds. */
const FLUSH_MS = 500;

/** The open sockets of a server; under TLS, those of TCP. */
export class Connections {
  readonly #server: Server;
  readonly #sockets = new Map<string, Socket>();
  readonly #closed = Promise.withResolvers<void>();
  #closing = false;
  #isCut = false;

  /**
   * Follows a server's sockets. Above the bound, a new one is closed.
   *
   * @param wanted the bound, unless the system allows fewer open files
   * @param onRefused called for each refused connection
   */
  constructor(server: Server, wanted: number, onRefused: () => void = () => {}) {
    this.#server = server;
    const maxConnections = connectionsWithin(wanted);
    // A connection that cannot be accepted is no reason to end; the listener hears of it as well.
    server.on("error", (error: unknown) => log.debug("A port failed: {error}", { error }));
    server.on("connection", (socket: Socket) => {
      // Its reader sees the end too; without a listener, the error would end the process.
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
   * Closes a socket whose user is done with it, if it does not do so itself: to Bun, the end of an
   * HTTP/2 session is not that of its socket, which a client that is gone would leave open.
   */
  closeSoon(peer: Peer): void {
    const name = nameOf(peer);
    setTimeout(() => this.#sockets.get(name)?.destroy(), FLUSH_MS).unref();
  }

  /**
   * The `close()` of a listener.
   *
   * @param end ends the connections by their protocols, once no more are accepted
   */
  closer(end: () => void): (graceMs: number) => Promise<void> {
    return closer({
      begin: async () => {
        // After the port has been polled once more, so that no client has just connected in vain.
        await new Promise((resolve) => setImmediate(resolve));
        this.#closing = true;
        // Not its own close(), by which an HTTP/2 server also ends its sessions.
        Server.prototype.close.call(this.#server);
        end();
        if (this.#isCut) this.#destroyAll();
        if (this.#sockets.size === 0) this.#closed.resolve();
        await this.#closed.promise;
      },
      cut: () => {
        this.#isCut = true;
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
