/**
 * GpuQueue: runs the operations on the GPU of a thread one after another. Of two runs at a time,
 * neither ever ends, without any error; of two creations of a session, one is refused
 * (onnxruntime-web 1.30).
 * @module
 */

import { type Clock, systemClock, within } from "../../clock.ts";

/** The operations on one GPU. */
export class GpuQueue {
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
