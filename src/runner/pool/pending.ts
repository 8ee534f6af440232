/**
 * Pending: the promise of an answer, settled exactly once.
 * @module
 */

/** The options for canceling a pending answer. */
export interface PendingOptions {
  /** Rejects the promise at once with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called before that. */
  readonly onAbort?: () => void;
}

/** The answer to one call. */
export class Pending {
  readonly promise: Promise<unknown>;
  readonly #settle = Promise.withResolvers<unknown>();
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;
  #isPending = true;

  constructor({ signal, onAbort }: PendingOptions = {}) {
    this.promise = this.#settle.promise;
    // A caller may await something else first: an unhandled rejection would end the server.
    this.promise.catch(() => {});
    this.#signal = signal;
    this.#onAbort = () => {
      onAbort?.();
      this.reject(signal?.reason);
    };
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** False once it is settled: later answers and errors are dropped. */
  get waiting(): boolean {
    return this.#isPending;
  }

  resolve(output: unknown): void {
    if (this.#end()) this.#settle.resolve(output);
  }

  reject(error: unknown): void {
    if (this.#end()) this.#settle.reject(error);
  }

  /** Returns true the first time. */
  #end(): boolean {
    if (!this.#isPending) return false;
    this.#isPending = false;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    return true;
  }
}
