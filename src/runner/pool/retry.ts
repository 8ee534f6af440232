/**
 * retryOrReject(): decides whether a call whose worker was lost is run again, or fails.
 * @module
 */

import { lostWorkers, RunnerError } from "../runner-error.ts";
import type { Job } from "./job.ts";
import type { Loss } from "./loss.ts";
import type { PoolOptions } from "./pool-options.ts";

/** The number of lost workers after which a call is not run again. */
const MAX_LOSSES = 2;

/**
 * Returns true for a call that may run again. Rejects any other one: it must not run twice, or has
 * lost so many workers that it may be the cause.
 */
export function retryOrReject(
  job: Job,
  { error, isFirst, isThreadLost }: Loss,
  options: PoolOptions,
): boolean {
  const { name, notIdempotent, events } = options;
  const { maxLosses = MAX_LOSSES } = job.options;
  job.losses += 1;
  // A thread that cannot be stopped is lost for good: another must not follow it.
  const isSuspect = job.losses >= maxLosses || isThreadLost;
  if (!isSuspect && !notIdempotent.includes(job.method)) {
    events?.retried?.(job.method);
    return true;
  }
  const isKnown = error instanceof RunnerError;
  job.reject(
    isKnown ? error : lostWorkers(name, job.method, job.losses, { cause: error, isFirst }),
  );
  return false;
}
