/**
 * Pending: the promise of an answer, settled exactly once.
 * @module
 */

import { addAbortListener, removeAbortListener } from "./abort-listeners.ts";

/** The options for canceling a pending answer. */
export interface PendingOptions {
  /** Rejects the promise at once with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called before that. */
  readonly onAbort?: (() => void) | undefined;
}

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
    addAbortListener(signal, this.#onAbort);
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
    if (this.#signal !== undefined && this.#onAbort !== undefined) {
      removeAbortListener(this.#signal, this.#onAbort);
    }
    return true;
  }
}
