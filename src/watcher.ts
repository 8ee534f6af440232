/**
 * Watcher: notices that files have changed, once they do not change any more: the models of a
 * folder, or a file of keys.
 *
 * A change is taken when two looks in a row show the same: a file that is being written, and a
 * mount of Kubernetes that swaps its links, are seen in between. What the system reports makes it
 * look soon; a slow look at everything finds what the system does not report.
 * @module
 */

import type { Clock } from "./clock.ts";
import { messageOf } from "./error.ts";

/** The texts that stand for what is watched, by their names: equal if nothing changed. */
export type Signatures = ReadonlyMap<string, string>;

/** The times of a `Watcher`. */
export interface WatchTimes {
  /** The time for which nothing must change, in milliseconds. Default 1,000. */
  readonly settleMs?: number;
  /** The time between looks, in milliseconds. Default 10,000. */
  readonly intervalMs?: number;
}

/** The parts of a `Watcher`. */
export interface WatcherOptions extends WatchTimes {
  readonly clock: Clock;
  /** Looks at what is watched. @throws Error if it cannot be read now */
  look(): Promise<Signatures>;
  /** Takes a change: something was removed, or is new or has changed. */
  take(name: string, isRemoved: boolean): void;
  /** Called when a look throws, once for each message in a row. */
  report(problem: string): void;
}

/** Watches, until it is closed. */
export class Watcher {
  readonly #options: Required<WatcherOptions>;
  /** What has been taken. */
  #taken: Signatures;
  /** The last look, if it showed a change. */
  #last: Signatures | undefined;
  #cancel: () => void = () => {};
  #isLooking = false;
  #isPoked = false;
  #isClosed = false;
  #problem: string | undefined;

  /** @param taken what is known already */
  constructor(options: WatcherOptions, taken: Signatures) {
    this.#options = { settleMs: 1_000, intervalMs: 10_000, ...options };
    this.#taken = taken;
    this.#next(this.#options.intervalMs);
  }

  /** Tells it that something may have changed. */
  poke(): void {
    if (this.#isPoked || this.#isClosed) return;
    this.#isPoked = true;
    if (!this.#isLooking) this.#next(this.#options.settleMs);
  }

  /** Ends it. */
  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  #next(ms: number): void {
    this.#cancel();
    if (this.#isClosed) return;
    this.#cancel = this.#options.clock.after(ms, () => void this.#look());
  }

  async #look(): Promise<void> {
    const { look, settleMs, intervalMs } = this.#options;
    this.#isLooking = true;
    this.#isPoked = false;
    let isSettled = true;
    try {
      const seen = await look();
      this.#problem = undefined;
      if (!this.#isClosed) isSettled = this.#compare(seen);
    } catch (error) {
      // A folder may be missing for a moment. Nothing is removed for it.
      this.#last = undefined;
      const problem = messageOf(error);
      if (problem !== this.#problem) this.#options.report(problem);
      this.#problem = problem;
    }
    this.#isLooking = false;
    this.#next(isSettled && !this.#isPoked ? intervalMs : settleMs);
  }

  /** Takes the changes that two looks show. Returns false if another look is needed soon. */
  #compare(seen: Signatures): boolean {
    const last = this.#last;
    const taken = new Map(this.#taken);
    let isSettled = true;
    for (const name of new Set([...seen.keys(), ...taken.keys()])) {
      const now = seen.get(name);
      if (now === taken.get(name)) continue;
      if (last === undefined || last.get(name) !== now) {
        isSettled = false;
        continue;
      }
      if (now === undefined) taken.delete(name);
      else taken.set(name, now);
      this.#options.take(name, now === undefined);
    }
    this.#taken = taken;
    this.#last = isSettled ? undefined : seen;
    return isSettled;
  }
}
