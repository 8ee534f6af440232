/**
 * Sniffer: tells by its first bytes what a connection speaks, HTTP/1.1 or HTTP/2.
 * @module
 */

import type { Socket } from "node:net";

/**
 * How a client begins that speaks HTTP/2, as far as it takes to tell (RFC 9113, section 3.4).
 * No method of HTTP/1.1 that is in use begins so, and no server has a path that does not begin
 * with a slash but for the asterisk of OPTIONS.
 */
const PREFACE = Buffer.from("PRI * HT");

/** At a stop, how long a connection may take to identify its protocol, in milliseconds. */
const LAST_WORDS_MS = 500;

/** Takes a connection over. */
export type Accept = (socket: Socket) => void;

/** Sorts connections. */
export class Sniffer {
  readonly #undecided = new Set<Socket>();
  readonly #http1: Accept;
  readonly #http2: Accept;
  readonly #timeoutMs: number;

  /** @param timeoutMs how long a client may take to say enough */
  constructor(http1: Accept, http2: Accept, timeoutMs: number) {
    this.#http1 = http1;
    this.#http2 = http2;
    this.#timeoutMs = timeoutMs;
  }

  /** Reads as much of a connection as it takes, and hands it on with what was read. */
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
      // The way that works on all runtimes: pausing, putting back, and reading on one turn later.
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
    }, LAST_WORDS_MS);
  }
}
