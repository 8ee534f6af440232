/**
 * Room: bounds the number of models that are loaded at once. The one that was used least recently
 * makes room for the next, unless it is in use.
 * @module
 */

import type { Clock } from "../clock.ts";
import { ServiceError } from "../error.ts";

/** A model that has a place, or wants one. */
export interface Tenant {
  readonly name: string;
  /** True while it is loaded and nobody uses it. */
  readonly isEvictable: boolean;
  /** Unloads it, to make room for another. */
  evict(): Promise<void>;
}

/** There is no place for a model now, which says nothing about the model. */
export class NoRoomError extends ServiceError {}

/** The most models that wait for a place. */
const MAX_WAITING = 100;

interface Waiting {
  readonly tenant: Tenant;
  /** Takes a place, which may first have to be made. */
  readonly enter: (made: Promise<void>) => void;
  readonly refuse: (error: ServiceError) => void;
}

/** The places of the models of a repository. */
export class Room {
  readonly #max: number;
  readonly #clock: Clock;
  /** The models that have a place, the one that was used least recently first. */
  readonly #tenants = new Set<Tenant>();
  readonly #waiting = new Set<Waiting>();

  /** @param max the most models; Infinity for no bound */
  constructor(max: number, clock: Clock) {
    this.#max = max;
    this.#clock = clock;
  }

  /** True if models may have to wait for a place. */
  get isBounded(): boolean {
    return this.#max !== Number.POSITIVE_INFINITY;
  }

  /** Records a use of a model. */
  touch(tenant: Tenant): void {
    if (this.isBounded && this.#tenants.delete(tenant)) this.#tenants.add(tenant);
  }

  /**
   * Gives a model a place, once there is one.
   *
   * @throws ServiceError `unavailable` if all other models are in use until the end of the time
   */
  async enter(tenant: Tenant, waitMs: number): Promise<void> {
    if (this.#tenants.has(tenant)) return;
    const made = this.#make(tenant);
    if (made !== undefined) return await made;
    if (this.#waiting.size >= MAX_WAITING) throw full(tenant, "too many others wait for a place");
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { tenant, enter: resolve, refuse: reject };
    this.#waiting.add(waiting);
    const cancel = this.#clock.after(waitMs, () => {
      this.#waiting.delete(waiting);
      reject(full(tenant, `the ${this.#max} that are loaded are in use`));
    });
    try {
      await promise;
    } finally {
      cancel();
    }
  }

  /** Takes the place of a model that is not loaded any more. */
  leave(tenant: Tenant): void {
    if (this.#tenants.delete(tenant)) this.changed();
  }

  /** Looks for places for the models that wait: called when one may have become free. */
  changed(): void {
    for (const waiting of this.#waiting) {
      const made = this.#make(waiting.tenant);
      if (made === undefined) return;
      this.#waiting.delete(waiting);
      waiting.enter(made);
    }
  }

  /** Refuses the models that wait. */
  close(error: ServiceError): void {
    for (const { refuse } of this.#waiting) refuse(error);
    this.#waiting.clear();
  }

  /** Returns the end of the making of a place for a model; undefined if none can be made now. */
  #make(tenant: Tenant): Promise<void> | undefined {
    if (this.#tenants.size < this.#max) {
      this.#tenants.add(tenant);
      return Promise.resolve();
    }
    for (const idle of this.#tenants) {
      if (!idle.isEvictable) continue;
      this.#tenants.delete(idle);
      this.#tenants.add(tenant);
      return idle.evict();
    }
    return undefined;
  }
}

function full({ name }: Tenant, why: string): NoRoomError {
  const text = `There is no room to load model "${name}": ${why}`;
  return new NoRoomError("unavailable", text, { retryAfterSeconds: 1 });
}
