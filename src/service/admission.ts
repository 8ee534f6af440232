/**
 * Admission: whether a service takes requests, from its start to its stop.
 * @module
 */

import { ServiceError } from "../error.ts";

/** The state of a service as its callers see it. */
export class Admission {
  #stopping = false;
  #draining = false;
  #admittedAtMs = Number.NEGATIVE_INFINITY;

  /** True from the announcement of a stop on: requests are still taken until `draining`. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** True once new requests are refused. */
  get draining(): boolean {
    return this.#draining;
  }

  /** How long ago the last request was taken after the announcement of a stop, in milliseconds. */
  get quietMs(): number {
    return performance.now() - this.#admittedAtMs;
  }

  /**
   * Takes a request.
   *
   * @throws ServiceError `unavailable` when new ones are refused
   */
  admit(): void {
    if (!this.#stopping) return;
    if (this.#draining) throw new ServiceError("unavailable", "The service is shutting down");
    this.#admittedAtMs = performance.now();
  }

  /** Takes requests, after a stop too. */
  open(): void {
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
