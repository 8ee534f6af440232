/**
 * Cancellation: the end of a request before its answer, by its deadline or its caller's disconnect,
 * for all who wait for something meanwhile.
 * @module
 */

import type { ServiceError } from "../error.ts";
import type { AbortListener, Canceler } from "../runner/pool/abort-listeners.ts";
import type { RequestFacts } from "./request-facts.ts";

type Reject = (reason: ServiceError) => void;

/** The cancellation of one request. Makes its parts at their first use. */
export class Cancellation implements Canceler {
  /** Undefined until the request is canceled. */
  reason: ServiceError | undefined;
  readonly #facts: Pick<RequestFacts, "onDisconnect">;
  readonly #context: { cancel(): void };
  /** Removes the listener for the disconnect of its caller, once there is one. */
  #stopListening: (() => void) | undefined;
  #controller: AbortController | undefined;
  /** Rejects the wait under way. Most requests have one at a time, and need no set for it. */
  #wait: Reject | undefined;
  /** Reject those that have begun during that one. */
  #moreWaits: Set<Reject> | undefined;
  /** The call of a runner that is under way, and those that have begun during it. */
  #listener: AbortListener | undefined;
  #moreListeners: Set<AbortListener> | undefined;

  /** @param context is canceled when the caller disconnects */
  constructor(facts: Pick<RequestFacts, "onDisconnect">, context: { cancel(): void }) {
    this.#facts = facts;
    this.#context = context;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      this.#listen();
      if (this.reason !== undefined) this.#controller.abort(this.reason);
    }
    return this.#controller.signal;
  }

  throwIfAborted(): void {
    if (this.reason !== undefined) throw this.reason;
  }

  /** Listens for the disconnect of the caller. Nothing reports it before something is awaited. */
  #listen(): void {
    this.#stopListening ??= this.#facts.onDisconnect(() => this.#context.cancel());
  }

  addAbortListener(listener: AbortListener): void {
    this.#listen();
    if (this.reason !== undefined) listener.aborted(this.reason);
    else if (this.#listener === undefined) this.#listener = listener;
    else {
      this.#moreListeners ??= new Set();
      this.#moreListeners.add(listener);
    }
  }

  removeAbortListener(listener: AbortListener): void {
    if (this.#listener === listener) this.#listener = undefined;
    else this.#moreListeners?.delete(listener);
  }

  /** Waits for work, or until the request is canceled. */
  orAborted<T>(work: PromiseLike<T>): Promise<T> {
    this.#listen();
    return this.orLate(work);
  }

  /** As `orAborted()`, for work that fails by itself when the caller disconnects. */
  orLate<T, U = T>(
    work: PromiseLike<T>,
    take?: (value: T) => U,
    failed?: (error: unknown) => unknown,
  ): Promise<T | U> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        this.#endWait(reject);
        reject(failed === undefined ? error : failed(error));
      };
      // The work may still reject after that, so it has a listener in any case.
      work.then((value) => {
        if (take === undefined) resolve(value);
        else {
          try {
            resolve(take(value));
          } catch (error) {
            return fail(error);
          }
        }
        this.#endWait(reject);
      }, fail);
      if (this.reason !== undefined) reject(this.reason);
      else if (this.#wait === undefined) this.#wait = reject;
      else {
        this.#moreWaits ??= new Set();
        this.#moreWaits.add(reject);
      }
    });
  }

  #endWait(reject: Reject): void {
    if (this.#wait === reject) this.#wait = undefined;
    else this.#moreWaits?.delete(reject);
  }

  /** Cancels all waits and calls. Only the first reason counts. */
  abort(given: ServiceError): void {
    this.reason ??= given;
    const { reason } = this;
    this.#controller?.abort(reason);
    const first = this.#listener;
    this.#listener = undefined;
    first?.aborted(reason);
    for (const listener of this.#moreListeners ?? []) listener.aborted(reason);
    this.#moreListeners = undefined;
    this.#wait?.(reason);
    this.#wait = undefined;
    for (const reject of this.#moreWaits ?? []) reject(reason);
    this.#moreWaits = undefined;
  }

  /** Stops listening for the disconnect, at the end of the request. */
  end(): void {
    this.#stopListening?.();
  }
}
