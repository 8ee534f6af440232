/**
 * Pool: the workers of one runner. It offers each free worker to the queues in their turns,
 * replaces workers that end or hang, and settles every call exactly once.
 * @module
 */

import type { Clock } from "../../clock.ts";
import type { ServiceError } from "../../error.ts";
import type { ExecutorName } from "../../executor/executor.ts";
import { runnerLog as log } from "../../log.ts";
import type { MakePayload } from "../../worker/payload.ts";
import type { RunnableInfo } from "../../worker/protocol.ts";
import { otherModel, RunnerError, shuttingDown, startError } from "../runner-error.ts";
import { FirstQueue } from "./first-queue.ts";
import { Job } from "./job.ts";
import type { Loss } from "./loss.ts";
import { LostThreads } from "./lost-threads.ts";
import type { PoolOptions, PoolStats } from "./pool-options.ts";
import { Quarantine } from "./quarantine.ts";
import { retryOrReject } from "./retry.ts";
import { Schedule } from "./schedule.ts";
import { Slot } from "./slot.ts";
import type { WorkOptions, WorkSource } from "./work-source.ts";
import { WorkerReports } from "./worker-reports.ts";

/** The failed starts in a row after which a slot is abandoned. */
const MAX_FAILED_STARTS = 5;

/** The workers of one runner and the calls that wait for them. */
export class Pool {
  /** The runnable that the workers have loaded; empty until the first of them has. */
  info: RunnableInfo = { methods: {}, backends: [], warmUp: {} };

  readonly #options: PoolOptions;
  readonly #slots: Slot[];
  readonly #quarantine: Quarantine;
  readonly #schedule = new Schedule();
  readonly #first: FirstQueue;
  readonly #lostThreads: LostThreads;
  readonly #started = Promise.withResolvers<void>();
  #restarts = 0;
  /** True if a call that was sent ahead may have waited too long. */
  #hasOverdue = false;
  #failed: ServiceError | undefined;
  #closing = false;

  constructor(clock: Clock, options: PoolOptions) {
    this.#options = options;
    this.#started.promise.catch(() => {}); // start() reports it
    const give = (job: Job): boolean => this.#give(job);
    this.#first = new FirstQueue(options.name, give, clock);
    const restart = (slot: Slot): void => slot.spawnLater(() => this.#restarted());
    this.#lostThreads = new LostThreads(options, restart);
    const context = { clock, options, reports: new WorkerReports() };
    const events = {
      refusal: (slot: Slot, info: RunnableInfo) => this.#refusalOf(slot, info),
      loaded: (_: Slot, info: RunnableInfo) => this.#loaded(info),
      freed: (slot: Slot) => {
        this.#quarantine.answered(slot);
        this.dispatch();
      },
      suspected: (slot: Slot, job: Job) => this.#quarantine.suspected(slot, job),
      overdue: () => {
        this.#hasOverdue = true;
        this.dispatch();
      },
      lost: (slot: Slot, loss: Loss) => this.#lost(slot, loss),
      threadLost: (slot: Slot) => this.#lostThreads.add(slot),
      threadFreed: (slot: Slot) => this.#lostThreads.remove(slot),
    };
    const newSlot = (index: number): Slot => new Slot(index, context, events);
    this.#slots = Array.from({ length: options.workers }, (_, at) => newSlot(at + 1));
    this.#quarantine = new Quarantine(this.#slots, newSlot, {
      ...context,
      lostThreads: this.#lostThreads,
    });
  }

  /** The name of its executor. */
  get isolation(): ExecutorName {
    return this.#options.executor.name;
  }

  /** True while calls can be expected to be answered, and the process need not be replaced. */
  get ready(): boolean {
    return this.whyNotReady === undefined;
  }

  /** The reason in a few words; `undefined` when it is ready. */
  get whyNotReady(): string | undefined {
    if (this.#failed !== undefined) return "none of its workers loads any more";
    if (this.#closing) return "it is shutting down";
    const isLoaded = this.#slots.some((slot) => slot.ready);
    return this.#lostThreads.whyNotReady ?? (isLoaded ? undefined : "no worker has loaded");
  }

  /** The number of calls that could start at once. */
  get free(): number {
    let idle = 0;
    for (const { ready, calls } of this.#slots) idle += Number(ready && calls === 0);
    return Math.max(0, idle - this.#first.size);
  }

  /** The number of busy workers that may be sent a call ahead. */
  get ahead(): number {
    return this.#ahead.length;
  }

  /** The number of workers, including those that are being replaced. */
  get size(): number {
    return this.#slots.length;
  }

  stats(): PoolStats {
    return {
      ready: this.#slots.filter(({ ready }) => ready).length,
      running: [...this.#slots, ...this.#quarantine].filter(({ calls }) => calls > 0).length,
      queued: this.#schedule.waiting + this.#first.size,
      restarts: this.#restarts,
      lostThreads: this.#lostThreads.count,
    };
  }

  /** Adds a queue that takes its turn with the others. */
  attach(source: WorkSource): void {
    this.#schedule.add(source);
  }

  /** Returns the expected milliseconds until each worker is free, in ascending order. */
  freeInMs(now: number): readonly number[] {
    const times: number[] = [];
    for (const slot of this.#slots) if (slot.ready) times.push(slot.freeInMs(now));
    if (times.length === 0) return [0];
    return times.length === 1 ? times : times.sort((one, other) => one - other);
  }

  /** Returns the milliseconds of workers that other queues use before one has used its own. */
  othersMs(source: WorkSource, ms: () => number): number {
    return this.#schedule.othersMs(source, ms);
  }

  /**
   * Starts every worker and waits until all have loaded.
   *
   * @throws the error of the first that could not
   */
  async start(): Promise<void> {
    for (const slot of this.#slots) slot.spawn();
    await this.#started.promise;
  }

  /**
   * Runs a piece of work whose turn has come: at once, ahead on a busy worker, or on the first
   * worker that is free.
   *
   * @throws ServiceError `unavailable` when the pool has failed or closes, or when the work took
   *   two workers with it; `deadline_exceeded` when it ran for longer than `callTimeoutMs`
   */
  runNow(method: string, input: MakePayload, options: WorkOptions = {}): Promise<unknown> {
    if (this.refusal !== undefined) return Promise.reject(this.refusal);
    const job = new Job(method, input, options);
    if (this.#give(job)) return job.promise;
    const [soonest] = options.mayGoAhead === false ? [] : this.#ahead;
    if (soonest === undefined) this.#first.add(job);
    else soonest.give(job);
    return job.promise;
  }

  /**
   * Fails the waiting calls with `unavailable`, and closes every worker.
   *
   * @param graceMs the longest wait for workers that are inside native code
   */
  async close(graceMs?: number): Promise<void> {
    this.#closing = true;
    this.#lostThreads.close();
    const refusal = shuttingDown(this.#options.name);
    this.#first.refuseAll(refusal);
    this.#started.reject(refusal);
    const slots = new Set([...this.#slots, ...this.#quarantine, ...this.#lostThreads]);
    await Promise.all([...slots].map((slot) => slot.close(refusal, graceMs)));
  }

  get #idle(): readonly Slot[] {
    return this.#slots.filter(({ ready, calls }) => ready && calls === 0);
  }

  /** The slots that may be sent work ahead, in the order of their starts. None if work waits. */
  get #ahead(): readonly Slot[] {
    if (this.#first.size > 0 || this.#schedule.isContended) return [];
    return this.#slots
      .filter(({ ready, calls }) => ready && calls === 1)
      .sort((one, other) => one.startedAt - other.startedAt);
  }

  /** The reason why it runs nothing any more, if so. */
  get refusal(): ServiceError | undefined {
    return this.#failed ?? (this.#closing ? shuttingDown(this.#options.name) : undefined);
  }

  /** Refuses a worker of another model: the answers of a pool are of one model at a time. */
  #refusalOf(slot: Slot, { digest }: RunnableInfo): string | undefined {
    const others = [...this.#slots, ...this.#quarantine].filter((each) => each !== slot);
    const isOther = digest !== this.info.digest && others.some(({ ready }) => ready);
    return isOther ? otherModel(digest, this.info.digest) : undefined;
  }

  #loaded(info: RunnableInfo): void {
    this.info = info;
    if (this.#slots.every(({ ready }) => ready)) this.#started.resolve();
    this.#options.onReadyChange?.();
    this.dispatch();
  }

  /** Gives work to idle workers, until there is no more of either. */
  dispatch(): void {
    if (!this.#first.takeAll()) return;
    if (this.#hasOverdue) this.#runOverdue();
    while (this.#schedule.next());
  }

  /** Runs what waits behind a slow call on idle workers: beside busy ones, it may stay there. */
  #runOverdue(): void {
    for (const slot of [...this.#slots, ...this.#quarantine]) {
      if (this.#idle.length === 0) return;
      const job = slot.takeOverdue();
      if (job !== undefined) this.#give(job);
    }
    this.#hasOverdue = false;
  }

  /** Gives a call to an idle worker. Returns false if there is none. */
  #give(job: Job): boolean {
    const [slot] = this.#idle;
    slot?.give(job);
    return slot !== undefined;
  }

  #lost(slot: Slot, loss: Loss): void {
    const { error, reason, running, ahead } = loss;
    const wasQuarantined = this.#quarantine.delete(slot);
    // A slot that is no longer needed is ending anyway.
    if (!wasQuarantined && !this.#slots.includes(slot)) return;
    const { events } = this.#options;
    if (this.#closing) {
      events?.workerClosed?.(slot);
      for (const job of [running, ahead]) job?.reject(shuttingDown(this.#options.name));
      return;
    }
    events?.workerLost?.(slot, reason);
    // A worker that never loads fails start(), which reports it.
    if (this.#everLoaded) {
      log.warn("Worker {index} of runner {name} is lost: {reason}", {
        index: slot.index,
        name: this.#options.name,
        reason: error.message,
      });
    }
    if (running !== undefined && retryOrReject(running, loss, this.#options))
      this.#first.add(running);
    if (ahead !== undefined) this.#first.add(ahead);
    if (wasQuarantined) {
      this.#restarted();
      return this.dispatch();
    }
    // A worker may not load for lack of memory beside the quarantined ones.
    if (reason === "load") this.#quarantine.endAll();
    if (this.#isHopeless(slot)) this.#abandon(slot, error);
    else this.#lostThreads.refill(slot);
    this.#options.onReadyChange?.();
    this.dispatch();
  }

  get #everLoaded(): boolean {
    return Object.keys(this.info.methods).length > 0;
  }

  /** A runnable that has loaded before may lack memory for a while. Any other never loads. */
  #isHopeless({ failedStarts }: Slot): boolean {
    return failedStarts >= (this.#everLoaded ? MAX_FAILED_STARTS : 1);
  }

  #abandon(slot: Slot, cause: Error): void {
    slot.abandoned = true;
    // A start needs all workers: if one cannot load, it has failed.
    this.#started.reject(startError(this.#options.name, slot.index, cause));
    if (this.#everLoaded && !this.#slots.every(({ abandoned }) => abandoned)) return;
    const text = `Runner "${this.#options.name}" failed: none of its workers loads any more`;
    if (this.#everLoaded) log.error("{text}: {cause}", { text, cause });
    this.#failed = new RunnerError("unavailable", text, { cause });
    this.#first.refuseAll(this.#failed);
    this.#options.onFailed?.(this.#failed);
  }

  #restarted(): void {
    this.#restarts += 1;
    this.#options.events?.workerRestarted?.();
  }
}
