/**
 * Turns: lets the operations on the GPU of a thread run one after another. Of two runs at a time,
 * neither ever ends, without any error; of two creations of a session, one is refused
 * (onnxruntime-web 1.30).
 * @module
 */

import { type Clock, systemClock } from "../../clock.ts";

/** The operations on one GPU. */
export class Turns {
  readonly #clock: Clock;
  /** Resolved when all operations so far have ended. */
  #last: Promise<void> = Promise.resolve();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /**
   * Runs an operation when those before it have ended.
   *
   * @param waitMs the longest wait for them: one of them may never end
   * @throws Error if they have not ended by then; the operation is not run
   */
  async run<T>(operation: () => Promise<T>, waitMs: number): Promise<T> {
    const before = this.#last;
    const ended = Promise.withResolvers<void>();
    this.#last = before.then(() => ended.promise);
    try {
      const text = `the GPU has been busy with other runs of this thread for ${waitMs / 1000} s`;
      await within(before, waitMs, text, this.#clock);
      return await operation();
    } finally {
      ended.resolve();
    }
  }
}

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
