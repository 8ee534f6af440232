/**
 * Admission: decides whether a service accepts requests, from its start to its stop.
 * @module
 */

import { ServiceError } from "../error.ts";

/** The state of a service, by which its protocols accept or refuse requests. */
export class Admission {
  #stopping = false;
  #draining = false;
  /** Makes the error for requests while the service is not stopped but cannot start. */
  #refusal: (() => ServiceError) | undefined;
  #admittedAtMs = Number.NEGATIVE_INFINITY;

  /** True once a stop has been announced. Requests are still accepted until `draining`. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** True once new requests are refused. */
  get draining(): boolean {
    return this.#draining;
  }

  /** The milliseconds since the announcement of a stop, or since the last request after it. */
  get quietMs(): number {
    return performance.now() - this.#admittedAtMs;
  }

  /**
   * Admits a request.
   *
   * @throws ServiceError `unavailable` while new requests are refused
   */
  admit(): void {
    if (this.#refusal !== undefined) throw this.#refusal();
    if (!this.#stopping) return;
    if (this.#draining) throw new ServiceError("unavailable", "The service is shutting down");
    this.#admittedAtMs = performance.now();
  }

  /**
   * Refuses requests until the next start, since the service could not start.
   *
   * @param retryAfterSeconds the time after which a request may succeed
   */
  refuse(reason: string, retryAfterSeconds: number): void {
    this.#refusal = () => new ServiceError("unavailable", reason, { retryAfterSeconds });
  }

  /** Admits requests, even after a stop. */
  open(): void {
    this.#refusal = undefined;
    this.#stopping = false;
    this.#draining = false;
  }

  /** Announces a stop. */
  announceStop(): void {
    this.#stopping = true;
  }

  /** Refuses new requests from now on. */
  drain(): void {
    this.#stopping = true;
    this.#draining = true;
  }
}
