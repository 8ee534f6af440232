/**
 * LostThreads: the threads of lost workers that are busy and cannot be stopped, since they are
 * inside native code, or run on Deno. They keep their core and memory, so that there is a bound.
 * @module
 */

import { log } from "../log.ts";
import type { PoolOptions } from "./pool-options.ts";
import type { Slot } from "./slot.ts";

/** The lost threads of one pool, and the places that stay empty until one of them ends. */
export class LostThreads {
  readonly #options: PoolOptions;
  readonly #start: (slot: Slot) => void;
  readonly #vacant = new Set<Slot>();
  /** The slots that lost them, as often as each lost one. */
  readonly #slots: Slot[] = [];
  #closed = false;

  /** @param start starts a worker in a place */
  constructor(options: PoolOptions, start: (slot: Slot) => void) {
    this.#options = options;
    this.#start = start;
  }

  get count(): number {
    return this.#slots.length;
  }

  /** The slots that have lost a thread, some of them more than once. */
  [Symbol.iterator](): Iterator<Slot> {
    return this.#slots.values();
  }

  /** Whether no worker may be started in place of a lost one. */
  get isOverLimit(): boolean {
    return this.count > this.#options.maxLostThreads;
  }

  /** Why the process should be replaced, if it should; `undefined` below the limit. */
  get whyNotReady(): string | undefined {
    if (this.count < this.#options.maxLostThreads) return undefined;
    return `threads that are busy and cannot be stopped: ${this.count}`;
  }

  /** The thread of a lost worker cannot be stopped. */
  add(slot: Slot): void {
    const { name, maxLostThreads, onReadyChange } = this.#options;
    this.#slots.push(slot);
    log.error(
      "The thread of worker {index} of runner {name} is busy and cannot be stopped. " +
        "Such threads: {count}; with {maxLostThreads} or more, the runner is not ready",
      { index: slot.index, name, count: this.count, maxLostThreads },
    );
    onReadyChange?.();
  }

  /** A lost thread has ended. */
  remove(slot: Slot): void {
    const { name, onReadyChange } = this.#options;
    this.#slots.splice(this.#slots.indexOf(slot), 1);
    log.info("The busy thread of a lost worker {index} of runner {name} has ended", {
      index: slot.index,
      name,
    });
    const vacant = [...this.#vacant];
    this.#vacant.clear();
    for (const each of vacant) this.refill(each);
    onReadyChange?.();
  }

  /** Starts another worker in a place: now, or when there are no more lost threads than may be. */
  refill(slot: Slot): void {
    if (this.#closed) return;
    if (this.isOverLimit) this.#vacant.add(slot);
    else this.#start(slot);
  }

  /** Starts no more workers. */
  close(): void {
    this.#closed = true;
  }
}
