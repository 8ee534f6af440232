/**
 * Serial: runs the loads and unloads of one model one after the other.
 * @module
 */

import { ServiceError } from "../error.ts";

/** The most operations of one model that wait: more are sent by somebody who does not. */
const MAX_WAITING = 16;

/** A queue of operations. */
export class Serial {
  readonly #name: string;
  #tail: Promise<unknown> = Promise.resolve();
  #count = 0;

  /** @param name the model, for messages */
  constructor(name: string) {
    this.#name = name;
  }

  /** True while an operation runs or waits. */
  get isBusy(): boolean {
    return this.#count > 0;
  }

  /**
   * Runs an operation after those before it, whether they succeed or not.
   *
   * @throws ServiceError `resource_exhausted` if too many wait already
   */
  run<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#count > MAX_WAITING) {
      const text = `Model "${this.#name}" has ${MAX_WAITING} loads and unloads waiting already`;
      const error = new ServiceError("resource_exhausted", text, { retryAfterSeconds: 1 });
      return Promise.reject(error);
    }
    this.#count += 1;
    const run = this.#tail.then(operation).finally(() => {
      this.#count -= 1;
    });
    this.#tail = run.catch(() => {});
    return run;
  }
}
