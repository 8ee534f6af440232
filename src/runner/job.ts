/**
 * Job: one admitted call of a runner, settled exactly once.
 * @module
 */

/** A call that waits for a worker, runs, or has been answered. */
export class Job {
  readonly method: string;
  readonly input: unknown;
  /** The answer to the caller. */
  readonly promise: Promise<unknown>;
  /** How many workers have been lost while they ran it. */
  losses = 0;

  readonly #answer = Promise.withResolvers<unknown>();
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;
  #waiting = true;

  /**
   * @param signal takes the call back: its caller is answered at once with the signal's reason
   * @param taken called when that happens
   */
  constructor(
    method: string,
    input: unknown,
    signal: AbortSignal | undefined,
    taken: (job: Job) => void,
  ) {
    this.method = method;
    this.input = input;
    this.promise = this.#answer.promise;
    this.#signal = signal;
    this.#onAbort = () => {
      taken(this);
      this.reject(signal?.reason);
    };
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** False once the caller has been answered: what is still said of the call is dropped. */
  get waiting(): boolean {
    return this.#waiting;
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
    this.#signal?.removeEventListener("abort", this.#onAbort);
    return true;
  }
}
