/**
 * Connections: the open sockets of a port, bounded in number.
 * @module
 */

import { Server, type Socket } from "node:net";
import process from "node:process";
import { httpLog as log } from "../log.ts";
import { closer } from "./closer.ts";
import { connectionsWithin } from "./file-limit.ts";
import { nameUnixPeer, socketPathOf } from "./unix-socket.ts";

/** The address of the other end of a socket. */
export type Peer = Pick<Socket, "remoteAddress" | "remotePort">;

/** Deno's socket of a server. */
interface Listening {
  listen(backlog: number): number;
}

/** The time in which the last bytes of a connection are sent, in milliseconds. */
const FLUSH_MS = 500;

/** The connections above the bound that may wait on Deno until they are accepted. */
const SPARE = 16;

/** The time after which Deno is told to accept again, in milliseconds. */
const ACCEPT_MS = 250;

/** The open sockets of a server; under TLS, those of TCP. */
export class Connections {
  readonly #server: Server;
  readonly #sockets = new Map<string, Socket>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #maxConnections: number;
  /** Counts the connections of a Unix domain socket, which have no ports; undefined on others. */
  #unnamed: number | undefined;
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
    this.#maxConnections = maxConnections;
    // A connection that cannot be accepted does not stop the server. Errors of listen() also reject
    // its promise.
    server.on("error", (error: unknown) => log.debug("A port failed: {error}", { error }));
    server.on("connection", (socket: Socket) => {
      // The reader of the socket gets the error too. Without a listener, it would end the process.
      socket.on("error", () => {});
      if (this.#unnamed !== undefined) nameUnixPeer(socket, ++this.#unnamed);
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

  /** Opens the server's port. The server reports the end, by `listening` or `error`. */
  listen(port: number, host: string): void {
    const path = socketPathOf(host);
    if (path !== undefined) {
      this.#unnamed = 0;
      this.#server.listen({ path });
      return;
    }
    if (process.versions["deno"] === undefined) {
      this.#server.listen({ port, host });
      return;
    }
    // Deno accepts all connections that wait before it passes on the first, so that a long queue
    // would take all files at once.
    const backlog = this.#maxConnections + SPARE;
    this.#server.once("listening", () => keepAccepting(this.#server, backlog));
    this.#server.listen({ port, host, backlog });
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

/**
 * Tells Deno to accept again, now and then: once the system has refused it a connection, as it does
 * when the process is out of files, Deno waits for no more of them, and reports no error. For a
 * socket that listens, its listen() does no more than look for connections.
 */
function keepAccepting(server: Server, backlog: number): void {
  const timer = setInterval(() => {
    const { _handle: handle } = server as { _handle?: Partial<Listening> | null };
    if (typeof handle?.listen === "function") handle.listen(backlog);
    else clearInterval(timer); // the server is closed
  }, ACCEPT_MS).unref();
}

function nameOf({ remoteAddress, remotePort }: Peer): string {
  return `${remoteAddress} ${remotePort}`;
}

/** Returns the port of a server; 0 for that of a Unix domain socket. */
export function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}
