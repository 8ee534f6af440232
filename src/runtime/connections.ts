/**
 * Connections: the open sockets of a port, bounded in number.
 * @module
 */

import type { Server, Socket } from "node:net";

/** The open sockets of a server; under TLS, those of TCP. */
export class Connections {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #closed: PromiseWithResolvers<void> | undefined;

  /** Follows a server's sockets. Above the bound, a new one is closed. */
  constructor(server: Server, maxConnections: number = Number.POSITIVE_INFINITY) {
    this.#server = server;
    server.on("connection", (socket: Socket) => {
      // Whoever reads it sees its end too; without a listener the error would end the process.
      socket.on("error", () => {});
      if (this.#sockets.size >= maxConnections || this.#closed !== undefined) {
        socket.destroy();
        return;
      }
      this.#sockets.add(socket);
      socket.once("close", () => {
        this.#sockets.delete(socket);
        if (this.#sockets.size === 0) this.#closed?.resolve();
      });
    });
  }

  /**
   * Takes no more of them and waits until all are closed, at most `graceMs` milliseconds; then
   * closes what is left.
   */
  async close(graceMs: number): Promise<void> {
    this.#closed = Promise.withResolvers();
    this.#server.close();
    if (this.#sockets.size === 0) this.#closed.resolve();
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, graceMs);
    await this.#closed.promise;
    clearTimeout(timer);
  }
}
