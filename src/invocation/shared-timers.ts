/**
 * Shared timers: timeouts of one length, all by one timer. Requests have the same time limit, and
 * hardly any of them reaches it. A timer of its own for each would cost more than the rest of its
 * context.
 * @module
 */

import type { Clock } from "../clock.ts";

/** A timeout under way, in the order of the ends of all. */
interface Timeout {
  readonly endsAt: number;
  readonly callback: () => void;
  previous: Timeout | undefined;
  next: Timeout | undefined;
  isOver: boolean;
}

/**
 * The longest wait of the shared timer, in milliseconds. It is left to run when the last timeout is
 * canceled, since another one may follow; for that long, it keeps an idle process alive.
 */
const MAX_WAIT_MS = 1000;

/**
 * Returns a clock whose timers of one length share a timer; those of other lengths are unchanged.
 * In workerd, where a timer belongs to the request that set it, none are shared.
 *
 * @param sharedMs the length, in milliseconds
 */
export function withSharedTimers(clock: Clock, sharedMs: number): Clock {
  if (globalThis.navigator?.userAgent === "Cloudflare-Workers") return clock;
  const shared = new SharedTimers(clock, sharedMs);
  return {
    now: () => clock.now(),
    after: (ms, callback) => (ms === sharedMs ? shared.after(callback) : clock.after(ms, callback)),
  };
}

/** Timeouts of the same length: the one that begins first also ends first. */
class SharedTimers {
  readonly #clock: Clock;
  readonly #ms: number;
  #first: Timeout | undefined;
  #last: Timeout | undefined;
  #isWaiting = false;
  readonly #run = (): void => this.#end();

  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
  }

  after(callback: () => void): () => void {
    const timeout: Timeout = {
      endsAt: this.#clock.now() + this.#ms,
      callback,
      previous: this.#last,
      next: undefined,
      isOver: false,
    };
    if (this.#last === undefined) this.#first = timeout;
    else this.#last.next = timeout;
    this.#last = timeout;
    if (!this.#isWaiting) this.#wait(this.#ms);
    return () => this.#remove(timeout);
  }

  #wait(ms: number): void {
    this.#isWaiting = true;
    this.#clock.after(Math.min(ms, MAX_WAIT_MS), this.#run);
  }

  /** Calls the callbacks that are due. */
  #end(): void {
    this.#isWaiting = false;
    const now = this.#clock.now();
    for (let due = this.#first; due !== undefined && due.endsAt <= now; due = this.#first) {
      this.#remove(due);
      due.callback();
    }
    const first = this.#first;
    if (first !== undefined && !this.#isWaiting) this.#wait(Math.max(0, first.endsAt - now));
  }

  #remove(timeout: Timeout): void {
    if (timeout.isOver) return;
    timeout.isOver = true;
    const { previous, next } = timeout;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    // Otherwise an old timeout would keep all later ones from being collected.
    timeout.previous = undefined;
    timeout.next = undefined;
  }
}
