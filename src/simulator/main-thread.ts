/**
 * MainThread: the thread of a simulated server. It does one thing after the other, so that
 * requests, results of workers and timers wait for each other as on an event loop.
 * @module
 */

import type { Clock } from "../clock.ts";
import type { Pauses } from "./pauses.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** Work of the thread. */
interface Task {
  readonly ms: number;
  /** Called at its end. */
  readonly work: (startedAt: number) => void;
}

/** A thread on a virtual clock. It is the clock of the code that runs in it. */
export class MainThread implements Clock {
  readonly #clock: VirtualClock;
  readonly #pauses: Pauses;
  /** What follows from the last task, before anything else: answers to be written. */
  readonly #urgent: Task[] = [];
  #waiting: Task[] = [];
  /** The number of waiting tasks that have begun. */
  #begun = 0;
  #isBusy = false;
  /** True if code has run since it was last set to false, of which promises may be left. */
  hasRun = false;

  constructor(clock: VirtualClock, pauses: Pauses) {
    this.#clock = clock;
    this.#pauses = pauses;
  }

  /** True if nothing is left of what follows from the last task. */
  get hasFollowedUp(): boolean {
    return this.#urgent.length === 0;
  }

  now(): number {
    return this.#clock.now();
  }

  /** Calls back as a timer of the thread does: late, if it is busy or stands still. */
  after(ms: number, callback: () => void): () => void {
    let isCancelled = false;
    const cancel = this.#clock.after(ms, () =>
      this.run(0, () => {
        if (!isCancelled) callback();
      }),
    );
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  /** Adds work of `ms` milliseconds behind all other. */
  run(ms: number, work: (startedAt: number) => void): void {
    this.#waiting.push({ ms, work });
  }

  /** Adds work before all other, as the reactions to a promise are. */
  runNext(ms: number, work: (startedAt: number) => void): void {
    this.#urgent.push({ ms, work });
  }

  /**
   * Begins the next task, unless it is busy. Returns true if that was over at once: the next one
   * may begin when its promises have settled.
   */
  begin(): boolean {
    if (this.#isBusy) return false;
    const task = this.#next();
    if (task === undefined) return false;
    const now = this.#clock.now();
    const startedAt = this.#pauses.end(now, 0);
    const endsAt = this.#pauses.end(startedAt, task.ms);
    if (endsAt === now) {
      this.#run(task, now);
      return true;
    }
    this.#isBusy = true;
    this.#clock.at(endsAt, () => {
      this.#isBusy = false;
      this.#run(task, startedAt);
    });
    return false;
  }

  #run({ work }: Task, startedAt: number): void {
    this.hasRun = true;
    work(startedAt);
  }

  #next(): Task | undefined {
    const urgent = this.#urgent.shift();
    if (urgent !== undefined) return urgent;
    const task = this.#waiting[this.#begun];
    if (task === undefined) return undefined;
    this.#begun += 1;
    if (this.#begun > 1_000 && this.#begun * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#begun);
      this.#begun = 0;
    }
    return task;
  }
}
