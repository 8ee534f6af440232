/**
 * RateLimiter: a bucket of tokens for each caller. A request takes one; the bucket fills at the
 * rate, up to the burst. The number of buckets is bounded.
 * @module
 */

import type { Clock } from "../clock.ts";
import type { Rate } from "./rate.ts";

/** The default bound on the buckets: the caller that was not seen for longest is forgotten. */
const MAX_CALLERS = 10_000;

/** A token, less what adding up fractions of it may lose. */
const ALMOST_ONE = 1 - 1e-9;

/** What a caller may still do, for the headers of its answer. */
export interface Allowance {
  readonly isAllowed: boolean;
  /** The most requests at once. */
  readonly limit: number;
  /** The requests that it may make now. */
  readonly remaining: number;
  /** The seconds until the bucket is full. */
  readonly fullAfterSeconds: number;
  /** The seconds until it may make a request; 0 if it may now. */
  readonly retryAfterSeconds: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** The buckets of a server. */
export class RateLimiter {
  readonly #rate: Rate;
  readonly #clock: Clock;
  readonly #maxCallers: number;
  /** In the order in which they were last seen. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate, clock: Clock, maxCallers: number = MAX_CALLERS) {
    this.#rate = rate;
    this.#clock = clock;
    this.#maxCallers = maxCallers;
  }

  /** The number of callers that are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes a token of a caller, if it has one. */
  take(caller: string): Allowance {
    const { perSecond, burst } = this.#rate;
    const nowMs = this.#clock.now();
    const bucket = this.#buckets.get(caller) ?? { tokens: burst, atMs: nowMs };
    const gained = (Math.max(0, nowMs - bucket.atMs) / 1000) * perSecond;
    bucket.tokens = Math.min(burst, bucket.tokens + gained);
    bucket.atMs = nowMs;
    const isAllowed = bucket.tokens >= ALMOST_ONE;
    if (isAllowed) bucket.tokens = Math.max(0, bucket.tokens - 1);
    this.#remember(caller, bucket);
    const { tokens } = bucket;
    return {
      isAllowed,
      limit: burst,
      remaining: Math.floor(tokens),
      fullAfterSeconds: (burst - tokens) / perSecond,
      retryAfterSeconds: isAllowed ? 0 : (1 - tokens) / perSecond,
    };
  }

  /** Forgets all other callers. */
  retain(callers: ReadonlySet<string>): void {
    for (const caller of this.#buckets.keys()) {
      if (!callers.has(caller)) this.#buckets.delete(caller);
    }
  }

  #remember(caller: string, bucket: Bucket): void {
    this.#buckets.delete(caller);
    this.#buckets.set(caller, bucket);
    if (this.#buckets.size <= this.#maxCallers) return;
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest);
      return;
    }
  }
}
