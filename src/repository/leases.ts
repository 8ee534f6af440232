/**
 * Leases: counts the uses of a version of a model, which is closed when nobody uses it any more.
 * @module
 */

import type { Clock } from "../clock.ts";
import type { ModelUse, ServedModel } from "../service/models.ts";

/** The uses of one version. */
export class Leases {
  #count = 0;
  readonly #onIdle: () => void;
  /** Called once when the last use ends. */
  readonly #waiting = new Set<() => void>();

  /** @param onIdle called whenever the last use ends */
  constructor(onIdle: () => void = () => {}) {
    this.#onIdle = onIdle;
  }

  /** The number of uses now. */
  get count(): number {
    return this.#count;
  }

  /** Begins a use of the version. */
  take(model: ServedModel): ModelUse {
    this.#count += 1;
    return new Lease(model, () => this.#end());
  }

  /**
   * Waits until nobody uses the version.
   *
   * @returns false if somebody still does at the end of the time
   */
  drained(limitMs: number, clock: Clock): Promise<boolean> {
    if (this.#count === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const idle = (): void => {
        cancel();
        resolve(true);
      };
      const cancel = clock.after(limitMs, () => {
        this.#waiting.delete(idle);
        resolve(false);
      });
      this.#waiting.add(idle);
    });
  }

  #end(): void {
    this.#count -= 1;
    if (this.#count > 0) return;
    for (const idle of this.#waiting) idle();
    this.#waiting.clear();
    this.#onIdle();
  }
}

/** One use of a version, which ends once. */
class Lease implements ModelUse {
  readonly model: ServedModel;
  #end: (() => void) | undefined;

  constructor(model: ServedModel, end: () => void) {
    this.model = model;
    this.#end = end;
  }

  [Symbol.dispose](): void {
    const end = this.#end;
    this.#end = undefined;
    end?.();
  }
}
