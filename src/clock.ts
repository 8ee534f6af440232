/**
 * Clock: time, as an argument; and waits that it bounds.
 * @module
 */

/** Monotonic milliseconds and one-shot timers. */
export interface Clock {
  now(): number;
  /** Calls `callback` once after `ms` milliseconds; returns a function that cancels it. */
  after(ms: number, callback: () => void): () => void;
}

/** The longest timer, in milliseconds: 24 days. A longer one would fire at once. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;

/** The real clock, the same on every runtime. Longer waits are cut to the longest timer. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, MAX_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

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
