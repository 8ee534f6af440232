/**
 * ByteBudget: how much of requests and answers is held in memory, over all calls.
 * @module
 */

import { Code, ConnectError } from "@connectrpc/connect";

/** The bytes that all calls together may hold. */
export class ByteBudget {
  readonly #maxBytes: number;
  #heldBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What one call holds, to begin with nothing. */
  open(): Share {
    return new Share((bytes) => {
      if (bytes > 0 && this.#heldBytes + bytes > this.#maxBytes) throw noRoom(this.#maxBytes);
      this.#heldBytes += bytes;
    });
  }
}

/** A part of a budget. */
export class Share {
  readonly #add: (bytes: number) => void;
  #heldBytes = 0;

  constructor(add: (bytes: number) => void) {
    this.#add = add;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * Holds so many bytes from now on.
   *
   * @throws ConnectError when all together would hold too many; then it holds what it did
   */
  hold(bytes: number): void {
    this.#add(bytes - this.#heldBytes);
    this.#heldBytes = bytes;
  }
}

function noRoom(maxBytes: number): ConnectError {
  return new ConnectError(
    `calls hold ${maxBytes} bytes already, and no more are taken`,
    Code.ResourceExhausted,
  );
}
