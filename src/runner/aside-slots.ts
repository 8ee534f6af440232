/**
 * AsideSlots: the slots of a pool whose call may hang. They go on with it while others have their
 * places, so that a call that is only slow is answered.
 * @module
 */

import type { Clock } from "../host.ts";
import type { Slot } from "./slot.ts";

/** The slots that have been set aside, the one that has been for longest first. */
export class AsideSlots {
  readonly #slots = new Set<Slot>();
  readonly #max: number;
  readonly #clock: Clock;

  constructor(max: number, clock: Clock) {
    this.#max = max;
    this.#clock = clock;
  }

  [Symbol.iterator](): Iterator<Slot> {
    return this.#slots.values();
  }

  has(slot: Slot): boolean {
    return this.#slots.has(slot);
  }

  add(slot: Slot): void {
    this.#slots.add(slot);
  }

  /** Takes a slot out. False when it was not in. */
  delete(slot: Slot): boolean {
    return this.#slots.delete(slot);
  }

  /**
   * Makes room for one more: where there is none, it ends a call that nobody waits for, or one that
   * has had its time. Returns when to try again, in milliseconds; 0 when there is room.
   */
  makeRoom(): number {
    if (this.#slots.size < this.#max) return 0;
    let first: Slot | undefined;
    let waitMs = Number.POSITIVE_INFINITY;
    for (const slot of this.#slots) {
      const endableInMs = this.#endableInMs(slot);
      if (endableInMs >= waitMs) continue;
      first = slot;
      waitMs = endableInMs;
    }
    if (waitMs === 0) first?.endRun();
    return waitMs;
  }

  /** Ends all calls that are here. */
  endAll(): void {
    for (const slot of this.#slots) slot.endRun();
  }

  /** In how many milliseconds its call may be ended for another; 0 for now. */
  #endableInMs({ running, startedAt }: Slot): number {
    if (running?.waiting !== true) return 0;
    const { endableAfterMs = 0 } = running.options.suspicion ?? {};
    return Math.max(0, startedAt + endableAfterMs - this.#clock.now());
  }
}
