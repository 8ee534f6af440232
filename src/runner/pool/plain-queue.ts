/**
 * PlainQueue: the calls of methods that are not batched, waiting for a worker.
 * @module
 */

import type { Clock } from "../../clock.ts";
import { pack } from "../../worker/payload.ts";
import type { CallOptions } from "../call-options.ts";
import type { RunnerEvents } from "../metrics/runner-events.ts";
import { LATE, overloaded } from "../runner-error.ts";
import { Job } from "./job.ts";
import type { WorkSource } from "./work-source.ts";

interface Entry {
  readonly job: Job;
  readonly enqueuedAt: number;
  readonly deadlineAt: number;
}

/** A queue, first in, first out, from which a call can be removed in constant time. */
export class PlainQueue implements WorkSource {
  readonly #entries = new Map<Job, Entry>();
  readonly #runner: string;
  readonly #give: (job: Job) => boolean;
  readonly #clock: Clock;
  readonly #events: Partial<RunnerEvents> | undefined;

  /** @param give gives a call to an idle worker; returns false if there is none */
  constructor(
    runner: string,
    give: (job: Job) => boolean,
    clock: Clock,
    events?: Partial<RunnerEvents>,
  ) {
    this.#runner = runner;
    this.#give = give;
    this.#clock = clock;
    this.#events = events;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Returns the number of waiting calls of one method. */
  sizeOf(method: string): number {
    let size = 0;
    for (const { job } of this.#entries.values()) size += Number(job.method === method);
    return size;
  }

  get oldestAt(): number {
    return this.#first()?.enqueuedAt ?? Number.POSITIVE_INFINITY;
  }

  add(method: string, input: unknown, { signal, deadlineAt }: CallOptions): Job {
    const enqueuedAt = this.#clock.now();
    const onAbort = (): void => {
      const stage = this.#entries.delete(job) ? "queue" : "running";
      this.#events?.canceled?.(method, stage);
    };
    const job = new Job(method, () => pack(input), { signal, onAbort });
    this.#entries.set(job, { job, enqueuedAt, deadlineAt: deadlineAt ?? Number.POSITIVE_INFINITY });
    return job;
  }

  take(): boolean {
    this.#refuseLate();
    const first = this.#first();
    if (first === undefined || !this.#give(first.job)) return false;
    this.#entries.delete(first.job);
    this.#events?.waited?.(first.job.method, this.#clock.now() - first.enqueuedAt);
    return true;
  }

  /** Fails every call with an error. */
  refuseAll(error: unknown): void {
    for (const job of this.#entries.keys()) job.reject(error);
    this.#entries.clear();
  }

  /** Refuses the first calls whose deadline has passed: their answers are no longer needed. */
  #refuseLate(): void {
    const now = this.#clock.now();
    for (const { job, deadlineAt } of this.#entries.values()) {
      if (deadlineAt > now) return;
      this.#entries.delete(job);
      this.#events?.shed?.(job.method, "deadline");
      job.reject(overloaded(this.#runner, LATE));
    }
  }

  #first(): Entry | undefined {
    return this.#entries.values().next().value;
  }
}
