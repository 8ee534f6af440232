/**
 * RunnerModel: the model of a runner, which its answers name, and which a caller may insist on.
 * @module
 */

import { ServiceError } from "../error.ts";
import type { CallOptions } from "./call-options.ts";
import { checkModel, type UsedModel } from "./used-model.ts";

/** The model of a runner's workers: one at a time. */
export class RunnerModel {
  readonly #name: string;
  /** Returns the digest of the model that runs now; undefined once the runner is closed. */
  readonly #current: () => string | undefined;
  #known: UsedModel | undefined;

  constructor(name: string, current: () => string | undefined) {
    this.#name = name;
    this.#current = current;
  }

  /**
   * Returns the model that a call begins with; undefined without one.
   *
   * @param digest the digest of the model that the workers have loaded
   * @throws ServiceError `model_mismatch` if its caller does not accept it
   */
  begin(digest: string | undefined, { ifModel }: CallOptions): UsedModel | undefined {
    if (digest === undefined) return undefined;
    if (this.#known?.digest !== digest) {
      const isCurrent = (): boolean => this.#current() === digest;
      this.#known = { name: this.#name, digest, isCurrent };
    }
    if (ifModel !== undefined) checkModel(ifModel, this.#known);
    return this.#known;
  }

  /**
   * Reports the model that has answered a call.
   *
   * @throws ServiceError `unavailable` if all workers have been lost meanwhile, and others have
   *   loaded another model: parts of the answer may be of either
   */
  end(model: UsedModel, digest: string | undefined, options: CallOptions): void {
    if (digest === model.digest) return options.onModel?.(model);
    const text = `The model "${this.#name}" was replaced during the call: try it again`;
    throw new ServiceError("unavailable", text, { retryAfterSeconds: 0 });
  }
}
