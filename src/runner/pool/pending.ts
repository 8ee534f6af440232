/**
 * Pending: the promise of an answer, settled exactly once.
 * @module
 */

/** The options for canceling a pending answer. */
export interface PendingOptions {
  /** Rejects the promise at once with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called before that. */
  readonly onAbort?: (() => void) | undefined;
}

const ONCE = { once: true };

/** The answer to one call. */
export class Pending {
  readonly promise: Promise<unknown>;
  readonly #settle = Promise.withResolvers<unknown>();
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: (() => void) | undefined;
  #isPending = true;

  constructor({ signal, onAbort }: PendingOptions = {}) {
    this.promise = this.#settle.promise;
    if (signal === undefined) return;
    this.#signal = signal;
    this.#onAbort = () => {
      onAbort?.();
      this.reject(signal.reason);
    };
    signal.addEventListener("abort", this.#onAbort, ONCE);
  }

  /** False once it is settled: later answers and errors are dropped. */
  get waiting(): boolean {
    return this.#isPending;
  }

  resolve(output: unknown): void {
    if (this.#end()) this.#settle.resolve(output);
  }

  reject(error: unknown): void {
    if (!this.#end()) return;
    // A caller may await something else first: an unhandled rejection would end the server.
    this.promise.catch(() => {});
    this.#settle.reject(error);
  }

  /** Returns true the first time. */
  #end(): boolean {
    if (!this.#isPending) return false;
    this.#isPending = false;
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener("abort", this.#onAbort);
    return true;
  }
}
