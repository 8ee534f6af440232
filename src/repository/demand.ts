/**
 * Demands: the calls that wait for a model to be loaded for them.
 * @module
 */

import type { Clock } from "../clock.ts";
import { messageOf, ServiceError } from "../error.ts";
import type { CallOptions } from "../runner/call-options.ts";
import type { ModelUse } from "../service/models.ts";
import type { ModelLife } from "./model-life.ts";

/** The most times that a call waits for its model, which may have to make room meanwhile. */
const MAX_ROUNDS = 10;

/** The calls of a repository that wait for loads. */
export class Demands {
  readonly #most: number;
  readonly #clock: Clock;
  #waiting = 0;

  /** @param most the most calls that wait at once */
  constructor(most: number, clock: Clock) {
    this.#most = most;
    this.#clock = clock;
  }

  /**
   * Begins a use of a version once its model is loaded.
   *
   * @throws ServiceError `unavailable` if it cannot be loaded, or not before the call's deadline,
   *   or if too many calls wait already; `not_found` if it has no such version
   */
  async use(life: ModelLife, requested: string | undefined, call: CallOptions): Promise<ModelUse> {
    const refusal = life.refusal();
    if (refusal !== undefined) throw refusal;
    if (this.#waiting >= this.#most) {
      throw unavailable(`Too many calls wait for models to be loaded, such as "${life.name}"`);
    }
    this.#waiting += 1;
    // Not `using`: the use of the version must begin before this ends.
    const expected = life.expect();
    try {
      for (let round = 0; round < MAX_ROUNDS; round++) {
        await this.#loaded(life, call);
        const use = life.use(requested, call);
        if (use !== undefined) return use;
      }
      throw unavailable(`Model "${life.name}" was unloaded again and again`);
    } finally {
      this.#waiting -= 1;
      expected[Symbol.dispose]();
    }
  }

  /** Waits until a model is loaded, as long as the call can wait. */
  async #loaded(life: ModelLife, { signal, deadlineAt }: CallOptions): Promise<void> {
    signal?.throwIfAborted();
    const ended = Promise.withResolvers<never>();
    const onAbort = (): void => ended.reject(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    const cancel =
      deadlineAt === undefined || deadlineAt === Number.POSITIVE_INFINITY
        ? () => {}
        : this.#clock.after(Math.max(0, deadlineAt - this.#clock.now()), () =>
            ended.reject(unavailable(`Model "${life.name}" was not loaded in time`)),
          );
    try {
      await Promise.race([life.demand(), ended.promise]);
    } catch (error) {
      if (error instanceof ServiceError || error === signal?.reason) throw error;
      throw (
        life.refusal() ?? unavailable(`Model "${life.name}" cannot be loaded: ${messageOf(error)}`)
      );
    } finally {
      cancel();
      signal?.removeEventListener("abort", onAbort);
    }
  }
}

function unavailable(text: string): ServiceError {
  return new ServiceError("unavailable", text, { retryAfterSeconds: 1 });
}
