/**
 * FirstQueue: the work that comes before the queues, such as a call whose worker was lost.
 * @module
 */

import type { Clock } from "../../clock.ts";
import { LATE, overloaded, unwanted } from "../runner-error.ts";
import type { Job } from "./job.ts";

/** A queue, first in, first out. Work whose time is over is refused, even if no worker is left. */
export class FirstQueue {
  /** The jobs, each with the function that cancels its timer. */
  #jobs = new Map<Job, () => void>();
  readonly #runner: string;
  readonly #give: (job: Job) => boolean;
  readonly #clock: Clock;

  /** @param give gives a call to an idle worker; returns false if there is none */
  constructor(runner: string, give: (job: Job) => boolean, clock: Clock) {
    this.#runner = runner;
    this.#give = give;
    this.#clock = clock;
  }

  get size(): number {
    return this.#jobs.size;
  }

  add(job: Job): void {
    this.#jobs.set(job, this.#timer(job));
  }

  /** Gives work to idle workers. Returns false if some waits for another one. */
  takeAll(): boolean {
    for (const job of this.#jobs.keys()) {
      if (!job.waiting) {
        this.#refuse(job, unwanted());
        continue;
      }
      if (!this.#give(job)) return false;
      this.#remove(job);
    }
    return true;
  }

  /** Fails all of it with an error. */
  refuseAll(error: unknown): void {
    for (const job of this.#jobs.keys()) this.#refuse(job, error);
  }

  #timer(job: Job): () => void {
    const { deadlineAt } = job.options;
    if (deadlineAt === undefined) return () => {};
    const leftMs = Math.max(0, deadlineAt - this.#clock.now());
    return this.#clock.after(leftMs, () => this.#refuse(job, overloaded(this.#runner, LATE)));
  }

  #refuse(job: Job, error: unknown): void {
    this.#remove(job);
    job.reject(error);
  }

  #remove(job: Job): void {
    this.#jobs.get(job)?.();
    this.#jobs.delete(job);
    if (this.#jobs.size === 0) this.#jobs = new Map(); // see `CallQueue`
  }
}
