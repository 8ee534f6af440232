/**
 * PlainQueue: the calls of methods that are not batched, until a worker is free.
 * @module
 */

import { Job } from "./job.ts";
import type { WorkSource } from "./work-source.ts";

interface Entry {
  readonly job: Job;
  readonly enqueuedAt: number;
}

/** First in, first out; a caller that leaves costs no search. */
export class PlainQueue implements WorkSource {
  readonly #entries = new Map<Job, Entry>();
  readonly #give: (job: Job) => boolean;

  /** @param give hands a call to an idle worker; false where there is none */
  constructor(give: (job: Job) => boolean) {
    this.#give = give;
  }

  get size(): number {
    return this.#entries.size;
  }

  get oldestAt(): number {
    return this.#first()?.enqueuedAt ?? Number.POSITIVE_INFINITY;
  }

  add(method: string, input: unknown, now: number, signal: AbortSignal | undefined): Job {
    const job = new Job(method, input, { signal, taken: (gone) => this.#entries.delete(gone) });
    this.#entries.set(job, { job, enqueuedAt: now });
    return job;
  }

  take(): boolean {
    const first = this.#first();
    if (first === undefined || !this.#give(first.job)) return false;
    this.#entries.delete(first.job);
    return true;
  }

  /** Answers every call with the reason why none is taken any more. */
  refuseAll(error: unknown): void {
    for (const job of this.#entries.keys()) job.reject(error);
    this.#entries.clear();
  }

  #first(): Entry | undefined {
    return this.#entries.values().next().value;
  }
}
