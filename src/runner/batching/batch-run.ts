/**
 * BatchRun: runs a batch until each of its calls is settled. If it fails, hangs or ends its worker,
 * its calls are run again in smaller groups, down to single calls, so that only the calls that fail
 * alone have failed, each with its own error.
 * @module
 */

import { runnerLog as log } from "../../log.ts";
import type { HangLimit } from "../latency/hang-limit.ts";
import type { LatencyModel } from "../latency/latency-model.ts";
import type { Portion } from "../queue/queued-call.ts";
import { cutRows, joinPayload } from "../rows/join.ts";
import { lostWorkers, notInTime, notTwice, RunnerError, WorkerLostError } from "../runner-error.ts";
import { Batch, rowsOf } from "./batch.ts";
import type { BatchRecord } from "./batch-record.ts";
import type { BatcherContext } from "./batcher-context.ts";
import { chargeOf } from "./charge.ts";
import { groupsOf } from "./groups.ts";
import type { Underway } from "./underway.ts";

/** The number of workers lost while running a call after which the call counts as the cause. */
const MAX_LOSSES = 2;
/** The same for a call that ran alone, but after others on the same worker. */
const MAX_LOSSES_ALONE = 3;

/** The state that the runs of a method share. */
export interface BatchRunContext extends BatcherContext {
  readonly latency: LatencyModel;
  readonly hangLimit: HangLimit;
  readonly running: Underway;
  /** The milliseconds of a worker that the first run has been charged with. */
  readonly expectedMs: number;
  /** Called with the milliseconds of a worker that a run has used beyond what was charged. */
  readonly used: (ms: number) => void;
}

/** The outcome of a run of some calls. */
type Outcome =
  | { readonly kind: "answered" }
  | { readonly kind: "failed"; readonly error: unknown }
  /** The worker is quarantined, and continues with the run. */
  | { readonly kind: "suspected"; readonly end: Promise<Outcome> };

/** One batch, from its first run until all of its calls are settled. */
export class BatchRun {
  readonly #batch: Batch;
  readonly #context: BatchRunContext;
  readonly #progressed: () => void;
  readonly #groups: (readonly Portion[])[] = [];
  readonly #atOnce: number;
  readonly #done = Promise.withResolvers<void>();
  #underway = 0;
  #quarantined = 0;
  #isolated = false;
  #isLost = false;
  #record: BatchRecord | undefined;

  /** @param progressed called after each run */
  constructor(batch: Batch, context: BatchRunContext, progressed: () => void) {
    this.#batch = batch;
    this.#context = context;
    this.#progressed = progressed;
    // One worker is shared in turns with fresh batches; of several, each side has half.
    this.#atOnce = Math.max(1, context.workers.size >> 1);
  }

  /**
   * The number of workers reserved for it, after it has lost a worker and while calls are to be run
   * again. Other batches on them might be lost as well.
   */
  get reservedWorkers(): number {
    return this.#isLost && (this.#groups.length > 0 || this.#underway > 0) ? this.#atOnce : 0;
  }

  /** Runs the batch until all calls are settled. */
  async run(): Promise<void> {
    const { portions } = this.#batch;
    try {
      this.#groups.push(portions);
      this.#next();
      await this.#done.promise;
      this.#end();
    } catch (error) {
      for (const portion of portions) portion.reject(error);
      log.error("A batch of {method} failed: {error}", { method: this.#context.method, error });
    }
  }

  /** Starts the groups that wait, as many at once as there are workers for it. */
  #next(): void {
    while (this.#underway < this.#atOnce) {
      const group = this.#groups.shift();
      if (group === undefined) break;
      const open = this.#openOf(group);
      if (open.length > 0) void this.#start(open);
    }
    if (this.#underway === 0 && this.#quarantined === 0) this.#done.resolve();
  }

  async #start(group: readonly Portion[]): Promise<void> {
    this.#underway += 1;
    try {
      this.#conclude(group, await this.#attempt(group));
    } catch (error) {
      this.#done.reject(error);
    }
    this.#underway -= 1;
    this.#next();
    this.#progressed();
  }

  /** Returns the calls that are still wanted. Those whose time is over fail. */
  #openOf(group: readonly Portion[]): Portion[] {
    const { runner, method, clock } = this.#context;
    for (const portion of group) {
      if (portion.runs === 0 || clock.now() < portion.call.deadlineAt) continue;
      this.#settle(portion, () => portion.reject(notInTime(runner, method)));
    }
    return group.filter(({ waiting }) => waiting);
  }

  /** Runs calls together. */
  #attempt(group: readonly Portion[]): Promise<Outcome> {
    const isFirst = group[0]?.runs === 0;
    const batch = isFirst ? this.#batch : new Batch(group, this.#batch.reason, this.#context.clock);
    for (const portion of group) portion.runs += 1;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const leave = this.#context.running.enter();
    const end = this.#compute(group, batch, () => {
      leave();
      resolve({ kind: "suspected", end });
    })
      .then(
        (): Outcome => ({ kind: "answered" }),
        (error): Outcome => ({ kind: "failed", error }),
      )
      .finally(leave);
    void end.then(resolve);
    return promise;
  }

  /** Runs calls together and answers each. */
  async #compute(group: readonly Portion[], batch: Batch, suspected: () => void): Promise<void> {
    const { workers, method, settings, idempotent, hangLimit, latency, events } = this.#context;
    const { axisIn, axisOut, padding } = settings;
    const { units } = batch;
    let wasSuspected = false;
    // The calls of a larger batch are run again one by one anyway, if they may be.
    const endableAfterMs = group.length > 1 ? 0 : hangLimit.endableAfterMs(units);
    const join = () => batch.joined(() => joinPayload(group, axisIn, padding));
    const output = await workers.runNow(method, join, {
      isWanted: () => group.some((portion) => this.#isWanted(portion)),
      deadlineAt: Math.max(...group.map(({ call }) => call.deadlineAt)),
      expectedMs: latency.mean(units),
      onStart: (worker) => batch.started(worker),
      onEnd: (ms, isAnswered, ownMs) => {
        batch.ranMs = ownMs;
        const charged = batch === this.#batch ? this.#context.expectedMs : 0;
        this.#context.used(chargeOf(ms, latency.mean(units), isAnswered) - charged);
      },
      maxLosses: 1,
      mayGoAhead: batch === this.#batch,
      suspicion: {
        afterMs: hangLimit.suspectAfterMs(units),
        endableAfterMs: idempotent ? endableAfterMs : Number.POSITIVE_INFINITY,
        onSuspect: () => {
          wasSuspected = true;
          suspected();
        },
      },
    });
    const answers = cutRows(output, group, axisOut, padding);
    const unanswered = rowsOf(group.filter(({ waiting }) => !waiting));
    if (unanswered > 0) events?.unanswered?.(method, unanswered);
    const ms = batch.lastRunMs();
    latency.add(units, ms, this.#context.clock.now(), batch.ranMs);
    if (wasSuspected) hangLimit.refuted(ms);
    else hangLimit.relax();
    if (batch === this.#batch) this.#end();
    for (const [at, portion] of group.entries()) {
      this.#settle(portion, () => portion.resolve(answers[at]));
    }
  }

  /** Returns false for calls not to be run again. */
  #isWanted({ waiting, runs, call }: Portion): boolean {
    return waiting && (runs === 1 || this.#context.clock.now() < call.deadlineAt);
  }

  #conclude(group: readonly Portion[], outcome: Outcome): void {
    if (outcome.kind === "failed") this.#failed(group, outcome.error, false);
    if (outcome.kind !== "suspected") return;
    this.#quarantined += 1;
    const isLast = group.length === 1 || !this.#context.idempotent;
    const ended = (end: Outcome): void => {
      this.#quarantined -= 1;
      if (end.kind === "failed" && isLast) this.#failed(group, end.error, true);
      this.#next();
      this.#progressed();
    };
    outcome.end.then(ended).catch((error) => this.#done.reject(error));
    if (isLast) return;
    this.#markIsolated(true);
    this.#groups.push(...groupsOf(group, false));
  }

  /** Decides what to do with calls that failed together, or one that failed alone. */
  #failed(group: readonly Portion[], error: unknown, wasSuspected: boolean): void {
    const [first] = group;
    const isLoss = error instanceof WorkerLostError;
    if (error instanceof RunnerError && !isLoss) return this.#refused(group, error);
    if (isLoss) for (const portion of group) portion.losses += 1;
    const isHung = isLoss && (wasSuspected || error.hung);
    if (isHung && group.length === 1 && first?.waiting) this.#context.hangLimit.confirmed();
    if (first === undefined || group.length === 1) {
      const isOver = first === undefined || !this.#mayRunAlone(first, error, wasSuspected);
      if (isOver) return this.#reject(group, (portion) => this.#ownError(portion, error));
      this.#context.events?.retried?.(this.#context.method);
      // First in line: on the replacement of the lost worker, it is the first call.
      this.#groups.unshift(group);
      return;
    }
    if (!this.#context.idempotent) return this.#reject(group, () => this.#neutral(error));
    this.#markIsolated(isLoss);
    if (isLoss) this.#context.events?.retried?.(this.#context.method);
    // A lost worker takes longer to replace than most calls take to run one by one.
    this.#groups.push(...groupsOf(this.#openOf(group), first.runs === 1 && !isLoss));
  }

  /**
   * Returns true if a call that has failed alone is run once more, since it may not have been the
   * cause: the call before it may have ended the worker a moment after its answer.
   */
  #mayRunAlone(portion: Portion, error: unknown, wasSuspected: boolean): boolean {
    if (!(error instanceof WorkerLostError && this.#context.idempotent)) return false;
    portion.lossesAlone += 1;
    if (error.hung) return portion.lossesAlone === 1 && !wasSuspected && !error.isThreadLost;
    const isCause = error.isFirst && portion.losses >= MAX_LOSSES;
    return !isCause && portion.lossesAlone < MAX_LOSSES_ALONE;
  }

  #ownError({ losses }: Portion, error: unknown): unknown {
    if (!(error instanceof WorkerLostError) || error.hung) return error;
    const { runner, method } = this.#context;
    return lostWorkers(runner, method, losses, { cause: error.cause });
  }

  /** Returns an error for calls that must not run again. The batch's may be about one of them. */
  #neutral(error: unknown): unknown {
    const { runner, method } = this.#context;
    return error instanceof WorkerLostError ? error : notTwice(runner, method, error);
  }

  /** Fails calls that the runner refused. */
  #refused(group: readonly Portion[], error: RunnerError): void {
    const open = error.code === "canceled" ? this.#openOf(group) : group;
    this.#reject(open, () => error);
  }

  #reject(group: readonly Portion[], errorOf: (portion: Portion) => unknown): void {
    for (const portion of group) this.#settle(portion, () => portion.reject(errorOf(portion)));
  }

  #markIsolated(isLost: boolean): void {
    this.#isLost ||= isLost;
    if (!this.#isolated) this.#context.events?.isolated?.(this.#context.method);
    this.#isolated = true;
  }

  /** Settles a call, after recording its batch for the caller, if a worker has started on it. */
  #settle(portion: Portion, settle: () => void): void {
    if (!portion.waiting) return;
    if (!this.#batch.isStarted) return settle();
    const { runner, method, events } = this.#context;
    const { call } = portion;
    const record = this.#record ?? this.#batch.end();
    const waitMs = this.#batch.startedAt - call.enqueuedAt;
    const rows = portion.begin === 0 ? call.totalRows : 0;
    if (portion.begin === 0 && (call.piece ?? 0) === 0) {
      events?.waited?.(method, waitMs, call.lane);
    }
    try {
      const { rows: batchRows, requests: batchRequests, runMs, reason } = record;
      const own = { runner, method, rows, batchRows, batchRequests, waitMs, runMs, reason };
      call.onCall?.(own, this.#batch);
      call.onRun?.(this.#batch.runOf({ ...own, callRows: portion.rows }));
    } catch (error) {
      portion.reject(error); // the caller's own fault: the others of the batch get their answers
      return;
    }
    settle();
  }

  /** Ends the batch, once. One that no worker has started on is not counted. */
  #end(): void {
    if (this.#record !== undefined || !this.#batch.isStarted) return;
    this.#record = this.#batch.end();
    this.#context.events?.batchDone?.(this.#context.method, this.#record);
  }
}
