/**
 * AsideSlots: the slots of a pool whose call may hang. They go on with it while others have their
 * places, so that a call that hangs holds up no other, and one that is only slow is answered.
 * @module
 */

import { log } from "../log.ts";
import type { Job } from "./job.ts";
import type { LostThreads } from "./lost-threads.ts";
import type { PoolContext } from "./pool-options.ts";
import type { Slot } from "./slot.ts";

/** What slots are set aside with. */
export interface AsideContext extends PoolContext {
  readonly lostThreads: LostThreads;
}

/** How long a worker that is not needed may take to end. */
const CLOSE_GRACE_MS = 2_000;

/** How often it is asked whether anybody waits for a call that has been set aside. */
const CHECK_MS = 1_000;

/** The slots that have been set aside, the one that has been for longest first. */
export class AsideSlots {
  readonly #aside = new Set<Slot>();
  readonly #slots: Slot[];
  readonly #newSlot: (index: number) => Slot;
  readonly #context: AsideContext;
  /** Slots whose workers are not needed any more, until these have ended. */
  readonly #ending = new Set<Slot>();

  /** @param slots those of the pool: one that is set aside is replaced among them */
  constructor(slots: Slot[], newSlot: (index: number) => Slot, context: AsideContext) {
    this.#slots = slots;
    this.#newSlot = newSlot;
    this.#context = context;
  }

  [Symbol.iterator](): Iterator<Slot> {
    return [...this.#aside, ...this.#ending].values();
  }

  /** Takes a slot out. False when it was not in. */
  delete(slot: Slot): boolean {
    return this.#aside.delete(slot);
  }

  /**
   * Sets a slot aside whose call may hang, if there is room. Returns when to ask again, in
   * milliseconds.
   */
  suspected(slot: Slot, job: Job): number | undefined {
    const { host, options, lostThreads } = this.#context;
    if (this.#aside.has(slot)) {
      // A thread that is busy and cannot be stopped is of no use, but may end by itself.
      if (job.waiting || !host.stopsBusyThreads) return CHECK_MS;
      slot.endRun();
      return undefined;
    }
    if (lostThreads.isOverLimit) return CHECK_MS;
    const waitMs = this.#makeRoom();
    if (waitMs > 0) return Math.min(waitMs, CHECK_MS);
    log.warn("Worker {index} of runner {name} may hang in {method}: another takes its place", {
      index: slot.index,
      name: options.name,
      method: job.method,
    });
    const replacement = this.#newSlot(slot.index);
    this.#slots[this.#slots.indexOf(slot)] = replacement;
    this.#aside.add(slot);
    replacement.spawn();
    job.options.suspicion?.suspected();
    options.onReadyChange?.();
    return CHECK_MS;
  }

  /** A slot has answered. One that was set aside gets its place back, unless another is ready. */
  answered(slot: Slot): void {
    if (!this.#aside.delete(slot)) return;
    const at = this.#slots.findIndex(({ index }) => index === slot.index);
    const replacement = this.#slots[at];
    const isReplaced = replacement === undefined || replacement.ready;
    if (!isReplaced) this.#slots[at] = slot;
    void this.#end(isReplaced ? slot : replacement);
    this.#context.options.onReadyChange?.();
  }

  async #end(slot: Slot): Promise<void> {
    this.#ending.add(slot);
    await slot.close(new Error("it was not needed any more"), CLOSE_GRACE_MS);
    this.#ending.delete(slot);
  }

  /** Ends all calls that are here. */
  endAll(): void {
    for (const slot of this.#aside) slot.endRun();
  }

  /**
   * Makes room for one more: where there is none, it ends a call that nobody waits for, or one that
   * has had its time. Returns when to try again, in milliseconds; 0 when there is room.
   */
  #makeRoom(): number {
    // One for each worker, and one for a batch that hangs beside the call that makes it hang.
    if (this.#aside.size <= this.#context.options.workers) return 0;
    let first: Slot | undefined;
    let waitMs = Number.POSITIVE_INFINITY;
    for (const slot of this.#aside) {
      const endableInMs = this.#endableInMs(slot);
      if (endableInMs >= waitMs) continue;
      first = slot;
      waitMs = endableInMs;
    }
    if (waitMs === 0) first?.endRun();
    return waitMs;
  }

  /** In how many milliseconds a call may be ended for another; 0 for now. */
  #endableInMs({ running, startedAt }: Slot): number {
    if (running?.waiting !== true) return 0;
    const { endableAfterMs = 0 } = running.options.suspicion ?? {};
    return Math.max(0, startedAt + endableAfterMs - this.#context.host.clock.now());
  }
}
