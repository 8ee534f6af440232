/**
 * Schedule: the turns of the queues of a pool. The one that has used the workers least, by its
 * share, comes first, so that no queue can delay another by more than a batch.
 * @module
 */

import type { WorkSource } from "./work-source.ts";

/** Orders queues by their service, and equal ones by the time for which they have waited. */
function byService(one: WorkSource, other: WorkSource): number {
  return one.served - other.served || one.waitingSince - other.waitingSince;
}

/** The queues of a pool. */
export class Schedule {
  readonly #sources: WorkSource[] = [];
  /** True for queues with waiting calls. */
  readonly #waiting = new Map<WorkSource, boolean>();
  /** The service of the queue that took the last turn, before that. */
  #served = 0;

  add(source: WorkSource): void {
    this.#sources.push(source);
  }

  /** The number of waiting calls. */
  get waiting(): number {
    return this.#sources.reduce((sum, { waiting }) => sum + waiting, 0);
  }

  /** True if at least two queues have waiting calls. */
  get isContended(): boolean {
    let count = 0;
    for (const { waiting } of this.#sources) count += Number(waiting > 0);
    return count > 1;
  }

  /** Gives the turn to the first queue that has work to run now. Returns false if none has. */
  next(): boolean {
    for (const source of this.#inOrder()) {
      const { served } = source;
      const ms = source.take();
      if (ms === undefined) continue;
      this.#served = Math.max(this.#served, served);
      source.served += ms / source.share;
      return true;
    }
    return false;
  }

  /**
   * Returns the milliseconds of workers that other queues will use before one has used its own.
   *
   * @param ms returns the milliseconds of a worker that the queue is to use
   */
  othersMs(source: WorkSource, ms: () => number): number {
    if (this.#sources.every((other) => other === source || other.waiting === 0)) return 0;
    const used = ms() / source.share;
    const served =
      this.#waiting.get(source) === true ? source.served : Math.max(source.served, this.#served);
    let sum = 0;
    for (const other of this.#sources) {
      if (other === source || other.waiting === 0) continue;
      const lead = served + used - other.served;
      sum += Math.min(other.workMs, Math.max(0, lead * other.share));
    }
    return sum;
  }

  /** Returns the queues with waiting calls, the least served one first. */
  #inOrder(): WorkSource[] {
    const waiting: WorkSource[] = [];
    for (const source of this.#sources) {
      if (source.waiting === 0) {
        this.#waiting.set(source, false);
        continue;
      }
      if (this.#waiting.get(source) !== true) {
        this.#waiting.set(source, true);
        // An idle queue does not save up its turns.
        source.served = Math.max(source.served, this.#served);
      }
      waiting.push(source);
    }
    return waiting.length > 1 ? waiting.sort(byService) : waiting;
  }
}
