/**
 * Sniffer: recognises the protocol of a connection, HTTP/1.1 or HTTP/2, by its first bytes.
 * @module
 */

import type { Socket } from "node:net";

/**
 * The part of the HTTP/2 connection preface (RFC 9113, section 3.4) that no request of HTTP/1.1
 * begins with: its method would be PRI, and its path "*", which only OPTIONS has.
 */
const PREFACE = Buffer.from("PRI * HT");

/** The time in which a connection must identify its protocol at a stop, in milliseconds. */
const IDENTIFY_MS = 500;

/** Handles a connection from now on. */
export type Accept = (socket: Socket) => void;

/** Passes each connection to the server of its protocol. */
export class Sniffer {
  readonly #undecided = new Set<Socket>();
  readonly #http1: Accept;
  readonly #http2: Accept;
  readonly #timeoutMs: number;

  /** @param timeoutMs the time in which a client must identify its protocol */
  constructor(http1: Accept, http2: Accept, timeoutMs: number) {
    this.#http1 = http1;
    this.#http2 = http2;
    this.#timeoutMs = timeoutMs;
  }

  /** Reads the first bytes of a connection, puts them back, and passes it on. */
  readonly sniff = (socket: Socket): void => {
    let read: Buffer = Buffer.alloc(0);
    const leave = (): void => {
      socket.destroy();
    };
    const timer = setTimeout(leave, this.#timeoutMs);
    const look = (chunk: Buffer): void => {
      read = Buffer.concat([read, chunk]);
      const length = Math.min(read.length, PREFACE.length);
      const same = read.compare(PREFACE, 0, length, 0, length) === 0;
      if (same && length < PREFACE.length) return;
      forget();
      socket.off("data", look).off("end", leave).off("close", forget);
      // Works on all runtimes: pausing, putting the bytes back, and resuming one turn later.
      socket.pause();
      socket.unshift(read);
      setImmediate(() => {
        if (socket.destroyed) return;
        (same ? this.#http2 : this.#http1)(socket);
        socket.resume();
      });
    };
    const forget = (): void => {
      clearTimeout(timer);
      this.#undecided.delete(socket);
    };
    this.#undecided.add(socket);
    socket.on("data", look).on("end", leave).on("close", forget);
  };

  /** Closes the connections that do not identify their protocol soon. */
  close(): void {
    setTimeout(() => {
      for (const socket of this.#undecided) socket.destroy();
    }, IDENTIFY_MS);
  }
}
