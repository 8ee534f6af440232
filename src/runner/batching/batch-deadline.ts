/**
 * batchDeadline(): the time by which the batch of a call must end.
 * @module
 */

import type { CallOptions } from "../call-options.ts";

/**
 * Returns the time by which the batch of a call must end, in milliseconds of the clock.
 *
 * @param maxLatencyMs the time that the method allows each call
 * @param now the arrival of the call
 */
export function batchDeadline(
  { deadlineAt = Number.POSITIVE_INFINITY, answerMs = 0 }: CallOptions,
  maxLatencyMs: number,
  now: number,
): number {
  const endAt = Math.min(now + maxLatencyMs, deadlineAt);
  // A call with little time left is still tried.
  return answerMs > 0 ? endAt - Math.min(answerMs, Math.max(0, endAt - now) / 2) : endAt;
}
