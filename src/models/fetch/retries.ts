/**
 * Tries something again that has failed for a while.
 * @module
 */

import { messageOf, ServiceError } from "../../error.ts";
import { RetryDelay } from "../../retry-delay.ts";
import { TransientFailure } from "./failure.ts";
import type { FetchSettings } from "./request.ts";

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 10_000;

/** The longest wait that a server may ask for, in milliseconds. */
const MAX_RETRY_AFTER_MS = 60_000;

/** The most tries in all, even if each makes some progress. */
const MAX_TRIES = 100;

/**
 * Runs work until it succeeds.
 *
 * @param work is given a function to call when it makes progress, after which it has all its tries
 * @param onRetry is called before each wait
 * @throws ServiceError `unavailable` when the tries are used up; what else it throws, at once
 */
export async function withRetries<T>(
  { clock, tries }: Pick<FetchSettings, "clock" | "tries">,
  work: (progress: () => void) => Promise<T>,
  onRetry: (reason: string) => void = () => {},
): Promise<T> {
  const delay = new RetryDelay(FIRST_DELAY_MS, MAX_DELAY_MS);
  let left = tries;
  for (let count = 1; ; count++) {
    try {
      return await work(() => {
        left = tries;
        delay.reset();
      });
    } catch (error) {
      if (!(error instanceof TransientFailure)) throw error;
      left -= 1;
      const waitMs = Math.max(delay.next(), error.retryAfterMs ?? 0);
      if (left <= 0 || count >= MAX_TRIES || waitMs > MAX_RETRY_AFTER_MS) {
        throw new ServiceError("unavailable", messageOf(error), {
          cause: error,
          retryAfterSeconds: waitMs / 1000,
        });
      }
      onRetry(messageOf(error));
      await new Promise<void>((resolve) => void clock.after(waitMs, resolve));
    }
  }
}
