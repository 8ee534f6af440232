/**
 * LostThreads: the threads of lost workers that are busy and cannot be stopped, since they are
 * inside native code, or run on Deno. They use a core and memory, so their number is bounded.
 * @module
 */

import { runnerLog as log } from "../../log.ts";
import type { PoolOptions } from "./pool-options.ts";
import type { Slot } from "./slot.ts";

/** The lost threads of one pool, and the places that stay empty until one of them ends. */
export class LostThreads {
  readonly #options: PoolOptions;
  readonly #start: (slot: Slot) => void;
  readonly #vacant = new Set<Slot>();
  /** The slots that lost them, once for each lost thread. */
  readonly #slots: Slot[] = [];
  #closed = false;

  /** @param start starts a worker in a slot */
  constructor(options: PoolOptions, start: (slot: Slot) => void) {
    this.#options = options;
    this.#start = start;
  }

  get count(): number {
    return this.#slots.length;
  }

  /** Iterates over the slots that lost a thread, some of them more than once. */
  [Symbol.iterator](): Iterator<Slot> {
    return this.#slots.values();
  }

  /** True while no worker may be started in place of a lost one. */
  get isOverLimit(): boolean {
    return this.count > this.#options.maxLostThreads;
  }

  /** The reason why the process should be replaced; `undefined` below the limit. */
  get whyNotReady(): string | undefined {
    if (this.count < this.#options.maxLostThreads) return undefined;
    return `threads that are busy and cannot be stopped: ${this.count}`;
  }

  /** Adds the thread of a lost worker that cannot be stopped. */
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

  /** Removes a lost thread that has ended. */
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

  /** Starts another worker in a slot: now, or as soon as the lost threads are within the limit. */
  refill(slot: Slot): void {
    if (this.#closed) return;
    if (this.isOverLimit) this.#vacant.add(slot);
    else this.#start(slot);
  }

  /** Prevents further starts of workers. */
  close(): void {
    this.#closed = true;
  }
}
