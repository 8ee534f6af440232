/**
 * Admission: the state that decides whether a service takes requests, from start to stop.
 * @module
 */

import { ServiceError } from "../error.ts";

/** The state of a service as its callers see it. */
export class Admission {
  #stopping = false;
  #draining = false;
  /** Makes the error of requests that are refused though the service has not been stopped. */
  #refusal: (() => ServiceError) | undefined;
  #admittedAtMs = Number.NEGATIVE_INFINITY;

  /** True once a stop has been announced; requests are still taken until `draining`. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** True once new requests are refused. */
  get draining(): boolean {
    return this.#draining;
  }

  /** Milliseconds since the last request that was taken after the announcement of a stop. */
  get quietMs(): number {
    return performance.now() - this.#admittedAtMs;
  }

  /**
   * Admits a request.
   *
   * @throws ServiceError `unavailable` when new ones are refused
   */
  admit(): void {
    if (this.#refusal !== undefined) throw this.#refusal();
    if (!this.#stopping) return;
    if (this.#draining) throw new ServiceError("unavailable", "The service is shutting down");
    this.#admittedAtMs = performance.now();
  }

  /**
   * Refuses requests until the next start: the service could not start.
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
