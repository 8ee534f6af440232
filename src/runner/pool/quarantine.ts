/**
 * Quarantine: the slots of a pool whose call may hang. They continue with it while other workers
 * take their places, so that a call that hangs delays no other, and a slow one is still answered.
 * @module
 */

import { runnerLog as log } from "../../log.ts";
import type { Job } from "./job.ts";
import type { LostThreads } from "./lost-threads.ts";
import type { PoolContext } from "./pool-options.ts";
import type { Slot } from "./slot.ts";

/** The parts of a pool that a quarantine needs. */
export interface QuarantineContext extends PoolContext {
  readonly lostThreads: LostThreads;
}

/** The interval at which quarantined calls are checked for callers that still wait. */
const CHECK_MS = 1_000;

/** The quarantined slots, the oldest first. */
export class Quarantine {
  readonly #quarantined = new Set<Slot>();
  readonly #slots: Slot[];
  readonly #newSlot: (index: number) => Slot;
  readonly #context: QuarantineContext;
  /** Slots that are no longer needed, until their workers have ended. */
  readonly #ending = new Set<Slot>();

  /** @param slots the slots of the pool: a quarantined one is replaced in this array */
  constructor(slots: Slot[], newSlot: (index: number) => Slot, context: QuarantineContext) {
    this.#slots = slots;
    this.#newSlot = newSlot;
    this.#context = context;
  }

  [Symbol.iterator](): Iterator<Slot> {
    return [...this.#quarantined, ...this.#ending].values();
  }

  /** Removes a slot. Returns false when it was not quarantined. */
  delete(slot: Slot): boolean {
    return this.#quarantined.delete(slot);
  }

  /**
   * Quarantines a slot whose call may hang, if there is room.
   *
   * @returns when to ask again, in milliseconds; `undefined` when the call has been ended
   */
  suspected(slot: Slot, job: Job): number | undefined {
    const { options, lostThreads } = this.#context;
    if (this.#quarantined.has(slot)) {
      // A busy thread that cannot be stopped may still end on its own.
      if (job.waiting || !options.executor.stopsBusyWorkers) return CHECK_MS;
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
    this.#quarantined.add(slot);
    replacement.spawn();
    job.options.suspicion?.onSuspect();
    options.onReadyChange?.();
    return CHECK_MS;
  }

  /** Called when a slot has answered: it gets its place back, unless a replacement is ready. */
  answered(slot: Slot): void {
    if (!this.#quarantined.delete(slot)) return;
    const at = this.#slots.findIndex(({ index }) => index === slot.index);
    const replacement = this.#slots[at];
    const isReplaced = replacement === undefined || replacement.ready;
    if (!isReplaced) this.#slots[at] = slot;
    void this.#end(isReplaced ? slot : replacement);
    this.#context.options.onReadyChange?.();
  }

  async #end(slot: Slot): Promise<void> {
    this.#ending.add(slot);
    await slot.close(new Error("it was not needed any more"));
    this.#ending.delete(slot);
  }

  /** Ends all quarantined calls. */
  endAll(): void {
    for (const slot of this.#quarantined) slot.endRun();
  }

  /**
   * Makes room for one more slot, if need be by ending a call that has been canceled or has used up
   * its time.
   *
   * @returns when to try again, in milliseconds; 0 when there is room
   */
  #makeRoom(): number {
    // One for each worker, and one more for a batch that hangs together with one of its calls.
    if (this.#quarantined.size <= this.#context.options.workers) return 0;
    let first: Slot | undefined;
    let waitMs = Number.POSITIVE_INFINITY;
    for (const slot of this.#quarantined) {
      const endableInMs = this.#endableInMs(slot);
      if (endableInMs >= waitMs) continue;
      first = slot;
      waitMs = endableInMs;
    }
    if (waitMs === 0) first?.endRun();
    return waitMs;
  }

  /** Returns in how many milliseconds a call may be ended to make room; 0 for now. */
  #endableInMs({ running, startedAt }: Slot): number {
    if (running?.waiting !== true) return 0;
    const { endableAfterMs = 0 } = running.options.suspicion ?? {};
    return Math.max(0, startedAt + endableAfterMs - this.#context.clock.now());
  }
}
