/**
 * ByteBudget: bounds the memory that a server's requests and answers hold, over all protocols.
 * @module
 */

import { ServiceError } from "./error.ts";
import { MIB } from "./limits.ts";

/** The default for the bytes that all requests together may hold. */
const DEFAULT_BYTES = 512 * MIB;

/** The number of largest bodies that a default budget has room for. */
const LARGEST_HELD = 4;

/** The `Retry-After` of a request that found no room, in seconds. */
const RETRY_SECONDS = 1;

/** Returns the default budget of a server, by the size of its largest body or message. */
export function defaultHeldBytes(largestBytes: number): number {
  return Math.max(DEFAULT_BYTES, LARGEST_HELD * largestBytes);
}

/** A bound on the bytes that all requests together hold. */
export class ByteBudget {
  readonly #maxBytes: number;
  #heldBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The bytes that may be held. */
  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** The bytes that are held now. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Returns true if half of the budget is free with so many more bytes. */
  isHalfFree(moreBytes: number): boolean {
    return this.#heldBytes + moreBytes <= this.#maxBytes / 2;
  }

  /**
   * Opens the share of one request, which holds nothing at first.
   *
   * @param refuse makes the error for a request that finds no room; by default `unavailable`
   */
  open(refuse: (message: string) => Error = unavailable): Share {
    return new Share(this, refuse);
  }

  /**
   * Holds more bytes, or fewer.
   *
   * @throws the error of `refuse` when there is no room for more
   */
  add(bytes: number, refuse: (message: string) => Error): void {
    if (bytes > 0 && this.#heldBytes + bytes > this.#maxBytes) {
      throw refuse(
        `Requests hold all of the ${this.#maxBytes} bytes that they may hold together: ` +
          "try again later",
      );
    }
    this.#heldBytes += bytes;
  }
}

/** The share of one request in a budget. */
export class Share {
  readonly #budget: ByteBudget;
  readonly #refuse: (message: string) => Error;
  #heldBytes = 0;
  #closed = false;

  constructor(budget: ByteBudget, refuse: (message: string) => Error) {
    this.#budget = budget;
    this.#refuse = refuse;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * Sets the number of bytes that the share holds.
   *
   * @throws the error of `refuse` when all shares together would hold too many; the share then
   *   stays as it was
   */
  hold(bytes: number): void {
    if (this.#closed) return;
    this.#budget.add(bytes - this.#heldBytes, this.#refuse);
    this.#heldBytes = bytes;
  }

  /**
   * Holds bytes that have not arrived yet, if at least half of the budget is free then: who
   * announces bodies, and never sends them, takes no more than that half from the others.
   *
   * @returns false if it does not
   */
  holdAhead(bytes: number): boolean {
    if (this.#closed || !this.#budget.isHalfFree(bytes - this.#heldBytes)) return false;
    this.hold(bytes);
    return true;
  }

  /** Releases everything at the end of the request. Later calls of `hold()` do nothing. */
  close(): void {
    this.hold(0);
    this.#closed = true;
  }
}

function unavailable(message: string): ServiceError {
  return new ServiceError("unavailable", message, { retryAfterSeconds: RETRY_SECONDS });
}
