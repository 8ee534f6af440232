/**
 * Held: the part of the byte budget that one call holds.
 * @module
 */

import type { ByteBudget, Share } from "../byte-budget.ts";
import type { CountedRequest } from "../service/request-metrics.ts";
import { isCompressed } from "./compression.ts";
import { overloaded } from "./retry.ts";

/** The budget of all calls, and the counter of decompressed messages. */
export interface HeldLimits {
  readonly budget: ByteBudget;
  /** Runs work, and counts the messages that are decompressed meanwhile towards a share. */
  readonly countInflated: <T>(share: Share, work: () => T) => T;
}

/** The shares of a call's message, as received and decompressed. */
export class Held {
  readonly message: Share;
  /** Runs work that may decompress a message. */
  readonly count: <T>(work: () => T) => T;
  readonly #inflated: Share;

  constructor({ budget, countInflated }: HeldLimits, { headers, url }: Request) {
    this.message = budget.open(overloaded);
    this.#inflated = budget.open(overloaded);
    const isCounted = isCompressed((name) => headers.get(name), url);
    this.count = (work) => (isCounted ? countInflated(this.#inflated, work) : work());
  }

  /** Releases everything at the end of the call. */
  close(): void {
    this.message.close();
    this.#inflated.close();
  }
}

/** The accounts of a call: the bytes that it holds, and the counted request. */
export interface Accounts {
  readonly held: Held;
  readonly counted: CountedRequest;
}
