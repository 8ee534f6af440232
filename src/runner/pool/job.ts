/**
 * Job: one admitted call of a runner, settled exactly once.
 * @module
 */

import type { WorkOptions } from "./work-source.ts";

/** How a job is taken back, and who wants to know of it. */
export interface JobOptions extends WorkOptions {
  /** Takes the call back: its caller is answered at once with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called when that happens. */
  readonly taken?: (job: Job) => void;
}

/** A call that waits for a worker, runs, or has been answered. */
export class Job {
  readonly method: string;
  readonly input: unknown;
  /** The answer to the caller. */
  readonly promise: Promise<unknown>;
  /** How many workers have been lost while they ran it. */
  losses = 0;

  readonly #answer = Promise.withResolvers<unknown>();
  readonly #options: JobOptions;
  readonly #onAbort: () => void;
  #waiting = true;

  constructor(method: string, input: unknown, options: JobOptions = {}) {
    this.method = method;
    this.input = input;
    this.promise = this.#answer.promise;
    // A caller may await something else first: an unhandled rejection would end the server.
    this.promise.catch(() => {});
    this.#options = options;
    const { signal, taken } = options;
    this.#onAbort = () => {
      taken?.(this);
      this.reject(signal?.reason);
    };
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** False once the caller has been answered or has gone: what is still said of it is dropped. */
  get waiting(): boolean {
    return this.#waiting && (this.#options.wanted?.() ?? true);
  }

  /** The options of its sender. */
  get options(): WorkOptions {
    return this.#options;
  }

  /** A worker starts on it. */
  started(workerIndex: number): void {
    this.#options.started?.(workerIndex);
  }

  resolve(output: unknown): void {
    if (this.#end()) this.#answer.resolve(output);
  }

  reject(error: unknown): void {
    if (this.#end()) this.#answer.reject(error);
  }

  /** True the first time. */
  #end(): boolean {
    if (!this.#waiting) return false;
    this.#waiting = false;
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    return true;
  }
}
