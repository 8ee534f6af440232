/**
 * Slot: a place in a pool. Its worker may be lost and replaced, its index stays.
 * @module
 */

import { messageOf } from "../../error.ts";
import { runnerLog as log } from "../../log.ts";
import type { UncaughtKind } from "../../metrics/uncaught-errors.ts";
import type { RunnableInfo } from "../../worker/protocol.ts";
import { EndedError, KilledError, WorkerLostError } from "../runner-error.ts";
import { backoffMs } from "./backoff.ts";
import { Job } from "./job.ts";
import { type Loss, reasonOf } from "./loss.ts";
import type { PoolContext } from "./pool-options.ts";
import { PoolWorker } from "./pool-worker.ts";

/** The events of a slot. */
export interface SlotEvents {
  /** Called when a worker has loaded. Returns the reason not to use it, if there is one. */
  refusal(slot: Slot, info: RunnableInfo): string | undefined;
  loaded(slot: Slot, info: RunnableInfo): void;
  /** Called when it can take another call. */
  freed(slot: Slot): void;
  /** Called when a call may hang. Returns when to call again, in milliseconds, if ever. */
  suspected(slot: Slot, job: Job): number | undefined;
  /** Called when a call that was sent ahead has waited too long: another worker may run it. */
  overdue(): void;
  lost(slot: Slot, loss: Loss): void;
  /** Called when a lost worker is in a thread that cannot be stopped: it still uses a core. */
  threadLost(slot: Slot): void;
  /** Called when a lost thread has been stopped after all. */
  threadFreed(slot: Slot): void;
}

/** The longest wait of a call that was sent ahead for the one before it. */
const MAX_AHEAD_MS = 50;
/** A timer this late was delayed by the server itself, which may have delayed an answer too. */
const LATE_MS = 100;

/** The default of the longest wait of close() for workers that are inside native code. */
const CLOSE_GRACE_MS = 2_000;

/** One place for a worker, which runs one call at a time and may have one more waiting. */
export class Slot {
  readonly index: number;
  /** The number of workers lost here since one last answered. */
  losses = 0;
  /** The number of workers lost here since one last loaded. */
  failedStarts = 0;
  /** True if no worker will be started here any more. */
  abandoned = false;

  readonly #context: PoolContext;
  readonly #events: SlotEvents;
  #worker: PoolWorker | undefined;
  /** Every worker that has not ended, including abandoned ones. */
  readonly #workers = new Set<PoolWorker>();
  #ready = false;
  #running: Job | undefined;
  #ahead: Job | undefined;
  #isOverdue = false;
  #startedAt = 0;
  /** Cancels the timer of the load, the call, or the next start. */
  #cancelTimer: () => void = () => {};
  #cancelOverdue: () => void = () => {};
  #cancelWatch: () => void = () => {};
  #lastRanCall = false;
  /** True once its worker has answered a call. */
  #hasAnswered = false;
  #hasLoaded = false;
  #closed = false;

  constructor(index: number, context: PoolContext, events: SlotEvents) {
    this.index = index;
    this.#context = context;
    this.#events = events;
  }

  /** True while it has a worker that has loaded. */
  get ready(): boolean {
    return this.#ready;
  }

  /** The number of its calls: running, and sent ahead. */
  get calls(): number {
    return Number(this.#running !== undefined) + Number(this.#ahead !== undefined);
  }

  /**
   * Returns the expected milliseconds until its calls have ended. A run that is late is expected to
   * take as long again as it is late.
   */
  freeInMs(now: number): number {
    const { expectedMs = 0 } = this.#running?.options ?? {};
    const runMs = this.#running === undefined ? 0 : Math.abs(expectedMs - (now - this.#startedAt));
    return runMs + (this.#ahead?.options.expectedMs ?? 0);
  }

  /** The start of the running call, in milliseconds of the clock. */
  get startedAt(): number {
    return this.#startedAt;
  }

  /** Starts a worker, unless the slot has been closed. */
  spawn(): void {
    if (this.#closed) return;
    const { clock, options, reports } = this.#context;
    const { executor, load, runnable, maxMemoryMb, loadTimeoutMs, events } = options;
    const startedAt = clock.now();
    let isThreadLost = false;
    const worker = new PoolWorker(
      executor,
      clock,
      { load: { kind: "load", workerIndex: this.index, ...load }, runnable, maxMemoryMb },
      {
        ready: (info) => {
          const refusal = this.#events.refusal(this, info);
          if (refusal !== undefined) return worker.stop(new Error(refusal));
          events?.workerLoaded?.(clock.now() - startedAt, this, info);
          this.#loaded(reports.loaded(this.index, info));
        },
        metricsChanged: (delta) => events?.metricsChanged?.(this, delta) ?? [],
        warned: (text) => reports.warned(text),
        uncaught: (kind, error) => this.#uncaught(kind, error),
        answered: (result, ranMs) => this.#answered(result, ranMs),
        lost: (error) => this.#lost(error, isThreadLost),
        threadLost: () => {
          isThreadLost = true;
          this.#events.threadLost(this);
        },
        threadFreed: () => this.#events.threadFreed(this),
        ended: () => this.#workers.delete(worker),
      },
    );
    this.#worker = worker;
    this.#workers.add(worker);
    this.#hasAnswered = false;
    this.#cancelTimer = clock.after(loadTimeoutMs, () =>
      this.#abandon(new EndedError(`it did not load within ${loadTimeoutMs} ms`)),
    );
  }

  /** Starts another worker after a wait that grows with each loss. */
  spawnLater(started: () => void): void {
    if (this.#closed) return;
    const waitMs = backoffMs(this.losses, this.#lastRanCall);
    this.#cancelTimer = this.#context.clock.after(waitMs, () => {
      started();
      this.spawn();
    });
  }

  /** Sends the worker a call: to run now, or ahead of the end of the one that it runs. */
  give(job: Job): void {
    try {
      this.#worker?.run(job.method, job.makePayload());
    } catch (error) {
      const text = `The input of "${job.method}" cannot be sent to a worker: ${messageOf(error)}`;
      return job.reject(new TypeError(text, { cause: error }));
    }
    if (this.#running === undefined) return this.#start(job);
    this.#ahead = job;
    this.#cancelOverdue = this.#context.clock.after(MAX_AHEAD_MS, () => {
      this.#isOverdue = true;
      this.#events.overdue();
    });
  }

  /** Takes back a call that has waited too long. This worker runs it too, but for nobody. */
  takeOverdue(): Job | undefined {
    const job = this.#isOverdue ? this.#ahead : undefined;
    this.#isOverdue = false;
    if (job !== undefined) {
      this.#ahead = new Job(job.method, job.makePayload, { isWanted: () => false });
    }
    return job;
  }

  /** Abandons the running call, as if it had exceeded its time. */
  endRun(): void {
    const ranMs = this.#context.clock.now() - this.#startedAt;
    if (this.#running !== undefined) this.#hung(this.#running, Math.round(ranMs));
  }

  /** The running call. */
  get running(): Job | undefined {
    return this.#running;
  }

  /**
   * Stops a running call, and closes the worker.
   *
   * @param graceMs the longest wait for workers that are inside native code
   */
  async close(error: Error, graceMs: number = CLOSE_GRACE_MS): Promise<void> {
    this.#closed = true;
    this.#cancelTimer();
    this.#cancelOverdue();
    this.#cancelWatch();
    // A busy worker does not receive the message to close.
    if (this.#running !== undefined) this.#worker?.stop(error);
    await Promise.all([...this.#workers].map((worker) => worker.close(graceMs)));
  }

  #loaded(info: RunnableInfo): void {
    this.#cancelTimer();
    this.#ready = true;
    this.#hasLoaded = true;
    this.failedStarts = 0;
    this.#events.loaded(this, info);
  }

  #start(job: Job): void {
    const { clock, options } = this.#context;
    this.#running = job;
    this.#startedAt = clock.now();
    const { callTimeoutMs } = options;
    this.#cancelTimer = this.#afterRun(callTimeoutMs, () => this.#hung(job, callTimeoutMs));
    const { afterMs = Number.POSITIVE_INFINITY } = job.options.suspicion ?? {};
    if (afterMs < callTimeoutMs) this.#watch(job, afterMs);
    job.options.onStart?.(this.index);
  }

  /** Reports that a call may hang, when it has run for `ms` milliseconds. */
  #watch(job: Job, ms: number): void {
    this.#cancelWatch = this.#afterRun(ms, () => {
      const nextMs = this.#events.suspected(this, job);
      if (nextMs !== undefined) this.#watch(job, nextMs);
    });
  }

  /** Calls back when a call has run for `ms` milliseconds, or later if its answer may wait. */
  #afterRun(ms: number, callback: () => void): () => void {
    const { clock } = this.#context;
    const lateAt = clock.now() + ms + LATE_MS;
    let cancel = clock.after(ms, () => {
      if (clock.now() <= lateAt) return callback();
      cancel = clock.after(LATE_MS, callback);
    });
    return () => cancel();
  }

  #hung({ method }: Job, ms: number): void {
    const words = `did not answer "${method}" within ${ms} ms`;
    const text = `Worker ${this.index} of runner "${this.#context.options.name}" ${words}`;
    this.#abandon(new WorkerLostError("deadline_exceeded", text));
  }

  #abandon(error: Error): void {
    this.#worker?.abandon(error);
  }

  #uncaught(kind: UncaughtKind, error: Error): void {
    const { name, events } = this.#context.options;
    log.error(`Unhandled ${kind} in worker {index} of runner {name}: {error}`, {
      index: this.index,
      name,
      error,
    });
    events?.uncaught?.(kind);
  }

  #answered(result: PromiseSettledResult<unknown>, ranMs?: number): void {
    this.losses = 0;
    this.#hasAnswered = true;
    const { running } = this.#take(result.status === "fulfilled", ranMs);
    if (result.status === "fulfilled") running?.resolve(result.value);
    else running?.reject(result.reason);
    this.#events.freed(this);
  }

  /** Removes the running call, and starts the one that was sent ahead if there is a worker. */
  #take(isAnswered = false, ranMs?: number): Pick<Loss, "running" | "ahead"> {
    const [running, ahead] = [this.#running, this.#ahead];
    running?.options.onEnd?.(this.#context.clock.now() - this.#startedAt, isAnswered, ranMs);
    this.#cancelTimer();
    this.#cancelOverdue();
    this.#cancelWatch();
    this.#running = undefined;
    this.#ahead = undefined;
    this.#isOverdue = false;
    if (ahead !== undefined && this.#worker !== undefined) this.#start(ahead);
    return { running, ahead };
  }

  #lost(error: Error, isThreadLost: boolean): void {
    const hung = error instanceof WorkerLostError ? error : undefined;
    const reason = this.#ready ? reasonOf(error) : "load";
    this.losses += 1;
    this.#lastRanCall = this.#running !== undefined;
    // A kill while it loads again, such as for lack of memory, says nothing about the next start.
    const mayLoad = this.#hasLoaded && error instanceof KilledError;
    if (!this.#ready && !mayLoad) this.failedStarts += 1;
    this.#ready = false;
    this.#worker = undefined;
    const isFirst = !this.#hasAnswered;
    const known = hung === undefined ? error : hung.with({ isThreadLost });
    this.#events.lost(this, { error: known, reason, isThreadLost, isFirst, ...this.#take() });
  }
}
