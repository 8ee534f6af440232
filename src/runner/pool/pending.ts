/**
 * Pending: the promise of an answer, settled exactly once.
 * @module
 */

import type { AbortListener, Canceler } from "./abort-listeners.ts";

/** The options for canceling a pending answer. */
export interface PendingOptions {
  /** Rejects the promise at once with its reason. */
  readonly canceler?: Canceler | undefined;
  /** Called before that. */
  readonly onAbort?: (() => void) | undefined;
}

/** The answer to one call. */
export class Pending implements AbortListener {
  readonly promise: Promise<unknown>;
  readonly #settle = Promise.withResolvers<unknown>();
  readonly #canceler: Canceler | undefined;
  readonly #onAbort: (() => void) | undefined;
  #isPending = true;

  constructor({ canceler, onAbort }: PendingOptions = {}) {
    this.promise = this.#settle.promise;
    if (canceler === undefined) return;
    this.#canceler = canceler;
    this.#onAbort = onAbort;
    canceler.addAbortListener(this);
  }

  aborted(reason: unknown): void {
    this.#onAbort?.();
    this.reject(reason);
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
    this.#canceler?.removeAbortListener(this);
    return true;
  }
}
