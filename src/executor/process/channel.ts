/**
 * Channel: messages between this process and another, over a socket.
 * @module
 */

import { connect, Socket } from "node:net";
import process from "node:process";
import type { Duplex } from "node:stream";
import { toFrame } from "./frame.ts";
import { BrokenFrame, type FrameEvents, FrameReader } from "./frame-reader.ts";

/** The file descriptor of the channel in a child process. */
export const CHANNEL_FD = 3;
/** The file descriptor of the guard's socket in a child process. */
export const GUARD_FD = 4;

/** Opens a socket that this process has inherited. */
export function inheritedSocket(fd: number): Socket {
  // Bun's types and Node's lack each other's way.
  if (process.versions["bun"] !== undefined) return connect({ fd } as never);
  return new Socket({ fd, readable: true, writable: true });
}

/** The events of a channel. */
export interface ChannelEvents extends FrameEvents {
  /** Called for bytes that are no frame. The channel is of no more use. */
  broken(error: Error): void;
  /** Called when the other side has closed it. */
  ended(): void;
}

/**
 * One side of a channel. It has no bound of its own: a pool sends a worker two calls at most, and
 * the worker answers one after the other.
 */
export class Channel {
  readonly #socket: Duplex;

  constructor(socket: Duplex, events: ChannelEvents) {
    this.#socket = socket;
    const reader = new FrameReader(events);
    let isOver = false;
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      events.ended();
    };
    socket.on("data", (chunk: Uint8Array) => {
      if (isOver) return;
      try {
        reader.push(chunk);
      } catch (error) {
        isOver = true;
        if (!(error instanceof BrokenFrame)) throw error;
        events.broken(error);
      }
    });
    socket.on("end", end);
    socket.on("close", end);
    // The end of the other process closes it, maybe with data on the way.
    socket.on("error", end);
  }

  /** The bytes that wait for the other side. */
  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  /** @throws DataCloneError for a value that cannot be sent */
  post(message: object, transfer: readonly Transferable[] = []): void {
    const chunks = toFrame(message, transfer);
    if (!this.#socket.writable) return;
    const isSplit = chunks.length > 1;
    if (isSplit) this.#socket.cork();
    for (const chunk of chunks) this.#socket.write(chunk);
    if (isSplit) this.#socket.uncork();
  }

  /** Resolves when all messages so far have been handed to the system. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#socket.writable) return resolve();
      this.#socket.write(new Uint8Array(0), () => resolve());
    });
  }

  /** Closes it. */
  close(): void {
    this.#socket.destroy();
  }
}
