/**
 * within(): a bounded wait for a promise.
 * @module
 */

import { type Clock, systemClock } from "../../clock.ts";

/**
 * Waits for a promise for a bounded time.
 *
 * @throws Error with the text if it has not settled by then
 */
export async function within<T>(
  promise: Promise<T>,
  limitMs: number,
  text: string,
  clock: Clock = systemClock,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(limitMs, () => late.reject(new Error(text)));
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    cancel();
  }
}
