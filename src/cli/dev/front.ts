/**
 * Front: holds the ports of a service, and passes the bytes of connections to the process that
 * serves it now. Every protocol and TLS goes through it, since it reads none.
 * @module
 */

import { connect, createServer, type Server, type Socket } from "node:net";
import type { Address } from "../../runtime/listen.ts";
import { ErrorServer } from "./error-server.ts";

/** Where connections go: to the ports of a server, or to nobody because of an error. */
export type Destination = { readonly ports: readonly number[] } | { readonly error: string };

/** A port of the service. */
export interface FrontPort extends Address {
  /** The protocols in an error: with both, the first bytes tell. */
  readonly speaks: "http" | "grpc" | "both" | "tls";
}

/** The beginning of every connection of HTTP/2. */
const PREFACE = "PRI * HTTP/2.0";

/** The ports of a service. */
export class Front {
  readonly #ports: readonly FrontPort[];
  readonly #servers: readonly Server[];
  readonly #errors: ErrorServer;
  readonly #maxWaitMs: number;
  readonly #sockets = new Set<Socket>();
  #next = Promise.withResolvers<void>();
  #destination: Destination | undefined;

  private constructor(ports: readonly FrontPort[], errors: ErrorServer, maxWaitMs: number) {
    this.#ports = ports;
    this.#errors = errors;
    this.#maxWaitMs = maxWaitMs;
    this.#servers = ports.map((_, at) =>
      createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
        this.#sockets.add(socket);
        socket.on("close", () => this.#sockets.delete(socket));
        socket.on("error", () => socket.destroy());
        void this.#take(socket, at);
      }),
    );
  }

  /**
   * Opens the ports. Connections wait until they are given a destination.
   *
   * @param maxWaitMs the longest wait, after which they are told so
   * @throws the system's error for a port that cannot be opened
   */
  static async open(
    ports: readonly FrontPort[],
    maxWaitMs: number,
    listen: (server: Server, port: FrontPort) => Promise<void>,
  ): Promise<Front> {
    const front = new Front(ports, await ErrorServer.open(), maxWaitMs);
    try {
      for (const [at, server] of front.#servers.entries()) {
        const port = ports[at];
        if (port !== undefined) await listen(server, port);
      }
    } catch (error) {
      front.close();
      throw error;
    }
    return front;
  }

  /** Has new connections wait. */
  hold(): void {
    this.#destination = undefined;
  }

  /** Sends connections to a destination, those that wait too. */
  send(to: Destination): void {
    this.#destination = to;
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }

  /** Closes the ports and all connections. */
  close(): void {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#errors.close();
  }

  async #take(socket: Socket, at: number): Promise<void> {
    const endAt = performance.now() + this.#maxWaitMs;
    for (;;) {
      const to = await this.#wait(endAt);
      if (socket.destroyed) return;
      if ("error" in to) {
        await this.#refuse(socket, at, to.error);
        return;
      }
      if (await passOn(socket, to.ports[at] ?? 0)) return;
      // The process has just ended, and another takes its place.
      if (this.#destination === to) this.hold();
    }
  }

  /** Returns the destination, for which a connection waits. */
  async #wait(endAt: number): Promise<Destination> {
    while (this.#destination === undefined) {
      const leftMs = endAt - performance.now();
      if (leftMs <= 0) return { error: "The service is still starting: try again" };
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, leftMs);
      });
      await Promise.race([this.#next.promise, late]);
      clearTimeout(timer);
    }
    return this.#destination;
  }

  /** Passes a connection to the server of errors. */
  async #refuse(socket: Socket, at: number, text: string): Promise<void> {
    this.#errors.text = text;
    const { speaks } = this.#ports[at] ?? { speaks: "http" };
    if (speaks === "tls") {
      socket.destroy();
      return;
    }
    if (speaks !== "both") {
      await passOn(socket, speaks === "grpc" ? this.#errors.grpcPort : this.#errors.httpPort);
      return;
    }
    socket.once("data", (first: Buffer) => {
      socket.pause();
      const isGrpc = PREFACE.startsWith(first.toString("latin1", 0, PREFACE.length));
      void passOn(socket, isGrpc ? this.#errors.grpcPort : this.#errors.httpPort, first);
    });
    socket.resume();
  }
}

/**
 * Joins a connection with one to a port of this machine.
 *
 * @param first bytes that have been read already
 * @returns false if nobody listens there
 */
function passOn(socket: Socket, port: number, first?: Buffer): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const upstream = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
  let isConnected = false;
  upstream.on("error", () => {
    if (isConnected) socket.destroy();
    else resolve(false);
  });
  upstream.on("connect", () => {
    isConnected = true;
    socket.setNoDelay(true);
    if (first !== undefined) upstream.write(first);
    socket.pipe(upstream);
    upstream.pipe(socket);
    socket.on("close", () => upstream.destroy());
    upstream.on("close", () => {
      if (socket.writableFinished || !socket.writable) return;
      socket.end();
    });
    resolve(true);
  });
  return promise;
}
