/**
 * Ends a wait when a signal is aborted.
 * @module
 */

/**
 * Waits for a promise or for a signal.
 *
 * @throws the reason of the signal, as soon as it is aborted
 */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  promise.catch(() => {}); // it may fail after the signal has ended the wait
  try {
    return await Promise.race([aborted, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
