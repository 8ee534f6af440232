/**
 * Connections: the open sockets of a port, bounded in number.
 * @module
 */

import type { Server, Socket } from "node:net";
import { systemClock } from "../host.ts";
import { log } from "../log.ts";

/** Who is at the other end of a socket. */
export type Peer = Pick<Socket, "remoteAddress" | "remotePort">;

/** How long the last bytes of a connection may take to be sent, in milliseconds. */
const FLUSH_MS = 500;

/** The open sockets of a server; under TLS, those of TCP. */
export class Connections {
  readonly #server: Server;
  readonly #sockets = new Map<string, Socket>();
  #closed: PromiseWithResolvers<void> | undefined;

  /** Follows a server's sockets. Above the bound, a new one is closed. */
  constructor(server: Server, maxConnections: number = Number.POSITIVE_INFINITY) {
    this.#server = server;
    // One connection that cannot be accepted is no reason to end; who listens hears of it as well.
    server.on("error", (error: unknown) => log.debug("A port failed: {error}", { error }));
    server.on("connection", (socket: Socket) => {
      // Whoever reads it sees its end too; without a listener the error would end the process.
      socket.on("error", () => {});
      if (this.#sockets.size >= maxConnections || this.#closed !== undefined) {
        socket.destroy();
        return;
      }
      const name = nameOf(socket);
      this.#sockets.set(name, socket);
      socket.once("close", () => {
        this.#sockets.delete(name);
        if (this.#sockets.size === 0) this.#closed?.resolve();
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
   * Takes no more of them and waits until all are closed, at most `graceMs` milliseconds; then
   * closes what is left.
   */
  async close(graceMs: number): Promise<void> {
    this.#closed = Promise.withResolvers();
    this.#server.close();
    if (this.#sockets.size === 0) this.#closed.resolve();
    const cancel = systemClock.after(graceMs, () => {
      for (const socket of this.#sockets.values()) socket.destroy();
    });
    await this.#closed.promise;
    cancel();
  }
}

function nameOf({ remoteAddress, remotePort }: Peer): string {
  return `${remoteAddress} ${remotePort}`;
}
