/**
 * ByteBudget: how much of requests and answers a server holds in memory, over all its protocols.
 * @module
 */

import { ServiceError } from "./error.ts";

const MIB = 1024 * 1024;

/** What all requests together may hold, where nothing else is asked for. */
const DEFAULT_BYTES = 512 * MIB;

/** So many of the largest bodies there is room for, at least. */
const LARGEST_HELD = 4;

/** When a request that found no room may come again, in seconds. */
const RETRY_SECONDS = 1;

/** The default budget of a server whose largest body or message has so many bytes. */
export function defaultHeldBytes(largestBytes: number): number {
  return Math.max(DEFAULT_BYTES, LARGEST_HELD * largestBytes);
}

/** The bytes that all requests together may hold. */
export class ByteBudget {
  readonly #maxBytes: number;
  #heldBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What is held now. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * Opens the share of one request, which holds nothing to begin with.
   *
   * @param refuse makes the error for a request that finds no room; by default `unavailable`
   */
  open(refuse: (message: string) => Error = unavailable): Share {
    return new Share((bytes) => {
      if (bytes > 0 && this.#heldBytes + bytes > this.#maxBytes) {
        throw refuse(
          `Requests hold all of the ${this.#maxBytes} bytes that they may hold together: ` +
            "try again later",
        );
      }
      this.#heldBytes += bytes;
    });
  }
}

/** A part of a budget. */
export class Share {
  readonly #add: (bytes: number) => void;
  #heldBytes = 0;
  #closed = false;

  constructor(add: (bytes: number) => void) {
    this.#add = add;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * Holds so many bytes from now on.
   *
   * @throws what the share was opened with when all together would hold too many; then it holds
   *   what it did
   */
  hold(bytes: number): void {
    if (this.#closed) return;
    this.#add(bytes - this.#heldBytes);
    this.#heldBytes = bytes;
  }

  /** Gives everything back: the request is over. What still comes for it is not counted. */
  close(): void {
    this.hold(0);
    this.#closed = true;
  }
}

function unavailable(message: string): ServiceError {
  return new ServiceError("unavailable", message, { retryAfterSeconds: RETRY_SECONDS });
}
