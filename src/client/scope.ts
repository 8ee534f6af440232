/**
 * Scope: the time and the cancellation of one call.
 * @module
 */

import type { Clock } from "../clock.ts";
import { ServiceError } from "../error.ts";

/** The deadline and the signal of a call, over all its attempts. */
export class Scope {
  readonly #aborter = new AbortController();
  readonly #clock: Clock;
  readonly #endAtMs: number | undefined;
  readonly #cleanups: (() => void)[] = [];

  constructor(
    clock: Clock,
    timeoutMs: number | undefined,
    signals: readonly (AbortSignal | undefined)[],
  ) {
    this.#clock = clock;
    if (timeoutMs !== undefined) {
      this.#endAtMs = clock.now() + timeoutMs;
      const text = `No answer within ${timeoutMs} ms`;
      const expire = (): void => this.#aborter.abort(new ServiceError("deadline_exceeded", text));
      this.#cleanups.push(clock.after(timeoutMs, expire));
    }
    for (const signal of signals) {
      if (!signal) continue;
      const cancel = (): void => {
        const cause: unknown = signal.reason;
        this.#aborter.abort(new ServiceError("canceled", "The call was cancelled", { cause }));
      };
      if (signal.aborted) cancel();
      signal.addEventListener("abort", cancel);
      this.#cleanups.push(() => signal.removeEventListener("abort", cancel));
    }
  }

  /** Aborted at the deadline, when the call is cancelled, and at its end. */
  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  /** Returns the milliseconds until the deadline; undefined if there is none. */
  leftMs(): number | undefined {
    return this.#endAtMs === undefined ? undefined : this.#endAtMs - this.#clock.now();
  }

  /** Returns the error of the deadline or the cancellation, or else what was thrown. */
  errorOf(thrown: unknown): unknown {
    return this.signal.aborted ? this.signal.reason : thrown;
  }

  /**
   * Waits for a promise, even one that does not listen to the signal.
   *
   * @throws ServiceError `canceled` or `deadline_exceeded`; what the promise is rejected with
   */
  async race<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this;
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    try {
      return await Promise.race([aborted, promise]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** Waits. @throws ServiceError `canceled` or `deadline_exceeded` */
  async wait(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancelTimer = this.#clock.after(ms, resolve);
    try {
      await this.race(promise);
    } finally {
      cancelTimer();
    }
  }

  /** Ends its timer and its listeners. */
  end(): void {
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
  }
}
