/**
 * Retries of calls: only where they cannot run twice, unless they may.
 * @module
 */

import { ServiceError } from "../error.ts";
import { RetryDelay } from "../retry-delay.ts";
import { isRefused } from "./failure.ts";
import type { Scope } from "./scope.ts";

/** The first delay before another attempt, which doubles each time, in milliseconds. */
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;

/** The longest wait that a server may ask for; an error that asks for more is thrown. */
const MAX_WAIT_MS = 30_000;

/** What limits the attempts of a call. */
export interface RetryOptions {
  /** The most further attempts. */
  readonly retries: number;
  /** True for a call that may run twice. */
  readonly idempotent: boolean;
  /** Returns a number from 0 to 1. */
  readonly random: () => number;
}

/**
 * Calls a function until it succeeds, fails for good, or has failed too often.
 *
 * A call is tried again if it has not run: if the connection was refused, or if the server refused
 * it and says when to come again (429 or 503 with Retry-After). An idempotent call is tried again
 * also after a lost connection and after any other 503.
 */
export async function retrying<T>(
  attempt: () => Promise<T>,
  scope: Scope,
  { retries, idempotent, random }: RetryOptions,
): Promise<T> {
  const delay = new RetryDelay(FIRST_DELAY_MS, MAX_DELAY_MS);
  for (let left = retries; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0 || !isWorthIt(error, idempotent)) throw error;
      // Half of the delay is random, so that callers who failed together come back apart.
      const ownMs = delay.next() * (0.5 + random() / 2);
      const waitMs = (error.retryAfterSeconds ?? 0) * 1000 + ownMs;
      if (waitMs > Math.min(MAX_WAIT_MS, scope.leftMs() ?? MAX_WAIT_MS)) throw error;
      await scope.wait(waitMs);
    }
  }
}

function isWorthIt(error: unknown, idempotent: boolean): error is ServiceError {
  if (!(error instanceof ServiceError)) return false;
  const { code, retryAfterSeconds, cause } = error;
  const isInvited = retryAfterSeconds !== undefined;
  if (code === "resource_exhausted") return isInvited;
  return code === "unavailable" && (isInvited || idempotent || isRefused(cause));
}
