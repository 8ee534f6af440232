/**
 * Batcher: the queue of one batched method. It joins calls into batches as the policy says, gives
 * them to workers, and settles every call it has admitted exactly once.
 * @module
 */

import { callScope } from "../call-scope.ts";
import { ServiceError } from "../error.ts";
import type { Clock } from "../host.ts";
import { refusalOf, retryAfterSeconds } from "./admission.ts";
import { ArrivalRate } from "./arrival-rate.ts";
import { Batch, busyMs } from "./batch.ts";
import type { BatchSettings } from "./batch-options.ts";
import type { BatcherStats, BatchRecord } from "./batch-record.ts";
import { type Call, CallQueue } from "./call-queue.ts";
import { type Isolated, isolate } from "./isolate.ts";
import { Job } from "./job.ts";
import { LatencyModel } from "./latency-model.ts";
import { callInParts } from "./parts.ts";
import { type CloseReason, decide } from "./policy.ts";
import { cutRows, joinRows, shapeOf } from "./rows.ts";
import type { RunnerEvents, ShedReason } from "./runner-events.ts";
import type { WorkOptions, WorkSource } from "./work-source.ts";

/** What runs the batches. */
export interface BatchRunner {
  /** Batches that could start at once. */
  readonly free: number;
  /** Busy workers that may be sent a batch ahead of the end of the one that they run. */
  readonly ahead: number;
  /** Workers that take batches, now or soon. */
  readonly size: number;
  /** Runs a batch on a worker that is free or may be sent it ahead, else on the first that is. */
  runNow(method: string, input: unknown, options: WorkOptions): Promise<unknown>;
}

/** A call's place in the queue. */
type Ticket = Omit<Call, "job" | "signal">;

/** What a batcher is made with. */
export interface BatcherContext {
  readonly runner: string;
  readonly method: string;
  readonly settings: BatchSettings;
  /** Whether a call may be run again in another batch. */
  readonly idempotent: boolean;
  readonly workers: BatchRunner;
  readonly clock: Clock;
  readonly events?: Partial<RunnerEvents> | undefined;
}

/** The queue of one batched method of one runner. */
export class Batcher implements WorkSource {
  readonly settings: BatchSettings;
  readonly #context: BatcherContext;
  readonly #latency = new LatencyModel();
  readonly #arrivals = new ArrivalRate();
  readonly #queue = new CallQueue();
  readonly #batches: Record<CloseReason, number> = { full: 0, idle: 0, deadline: 0, window: 0 };
  readonly #running = new Set<Batch>();
  #shed = 0;
  #asked = false;
  /** When the last batch was sent, and whether a call had to be refused since. */
  #lastSentAt = Number.NEGATIVE_INFINITY;
  #scarce = false;
  #cancelTimer: () => void = () => {};

  constructor(context: BatcherContext) {
    this.settings = context.settings;
    this.#context = context;
  }

  stats(): BatcherStats {
    return {
      queuedRows: this.#queue.rows,
      queuedCalls: this.#queue.calls,
      inFlight: this.#running.size,
      a: this.#latency.a,
      b: this.#latency.b,
      batches: { ...this.#batches },
      shed: this.#shed,
    };
  }

  /**
   * Runs a call in the next batch that it fits.
   *
   * @throws ServiceError `unavailable` when it could not be answered in time or the queue is full,
   *   `invalid_argument` for an argument without rows; the error of the method
   */
  async call(input: unknown, signal?: AbortSignal): Promise<unknown> {
    signal?.throwIfAborted();
    const { settings } = this;
    const { rows, key } = shapeOf(input, settings.axisIn);
    const now = this.#context.clock.now();
    this.#arrivals.add(now);
    const ticket = { key, part: false, enqueuedAt: now, deadlineAt: this.#admit(rows, signal) };
    if (rows <= settings.maxBatchSize) return this.#enqueue(input, { ...ticket, rows }, signal);
    return await callInParts(input, rows, settings, signal, (part, partRows, partSignal) =>
      this.#enqueue(part, { ...ticket, rows: partRows, part: true }, partSignal),
    );
  }

  /** Takes a batch into account that ran outside of it, to warm up: `ms` milliseconds. */
  learn(rows: number, ms: number): void {
    this.#latency.seed(rows, ms);
  }

  get oldestAt(): number {
    return this.#queue.oldestAt;
  }

  /** Sends the next batch, if the policy says so. Else sees to it that it is asked again. */
  take(): boolean {
    this.#cancelTimer();
    let askAt = Number.POSITIVE_INFINITY;
    for (const line of this.#queue.lines()) {
      const at = this.#decideOn(line);
      if (at === "sent") return true;
      askAt = Math.min(askAt, at ?? Number.POSITIVE_INFINITY);
    }
    if (askAt === Number.POSITIVE_INFINITY) return false;
    const { clock } = this.#context;
    this.#cancelTimer = clock.after(Math.max(0, askAt - clock.now()), () => this.#sendAll());
    return false;
  }

  /** Refuses everything that waits. */
  close(error: ServiceError): void {
    this.#cancelTimer();
    for (const call of this.#queue.all()) this.#refuse(call, error);
  }

  /** The deadline of a call that can be taken. */
  #admit(rows: number, signal: AbortSignal | undefined): number {
    const { clock, workers } = this.#context;
    const { maxLatencyMs, maxQueueRows } = this.settings;
    const now = clock.now();
    const own = callScope(signal).deadlineAt ?? Number.POSITIVE_INFINITY;
    const deadlineAt = Math.min(now + maxLatencyMs, own);
    const reason = refusalOf({
      rows,
      leftMs: deadlineAt - now,
      queued: this.#queue.rows,
      maxQueueRows,
      maxRows: this.settings.maxBatchSize,
      busyMs: busyMs(this.#running, workers.size, now, this.#latency),
      free: workers.free,
      latency: this.#latency,
    });
    if (reason === undefined) return deadlineAt;
    throw this.#overloaded(reason);
  }

  /** The error of a call that is refused, which is counted. */
  #overloaded(reason: ShedReason): ServiceError {
    const { runner, method, events } = this.#context;
    this.#shed += 1;
    this.#scarce = true;
    events?.shed?.(method, reason);
    const full = `${this.#queue.rows} rows are waiting already`;
    const why = reason === "queue_full" ? full : "the call could not be answered in time";
    return new ServiceError("unavailable", `Runner "${runner}" is overloaded: ${why}`, {
      retryAfterSeconds: retryAfterSeconds(reason, this.settings.maxLatencyMs),
    });
  }

  #enqueue(input: unknown, ticket: Ticket, signal: AbortSignal | undefined): Promise<unknown> {
    const { method, events } = this.#context;
    const taken = (): void => {
      const stage = this.#queue.leave(call) ? "queue" : "running";
      events?.canceled?.(method, stage);
    };
    const job = new Job(method, input, { signal, taken });
    const call: Call = { ...ticket, job, signal };
    this.#queue.add(call);
    this.#wake();
    return job.promise;
  }

  #refuse(call: Call, error: ServiceError): void {
    this.#queue.leave(call);
    call.job.reject(error);
  }

  /** Asks the policy after what runs now, so that calls made together are joined. */
  #wake(): void {
    if (this.#asked) return;
    this.#asked = true;
    queueMicrotask(() => {
      this.#asked = false;
      this.#sendAll();
    });
  }

  #sendAll(): void {
    while (this.take());
  }

  /** Sends the next batch of a line, or says when to ask again, if ever. */
  #decideOn(line: Iterable<Call>): "sent" | number | undefined {
    const { settings, workers, clock, idempotent } = this.#context;
    const { shed, send, reason, askAt } = decide({
      now: clock.now(),
      queue: line,
      free: workers.free,
      // What was sent ahead to a worker that is then lost may have been started, or not.
      ahead: idempotent ? workers.ahead : 0,
      workers: workers.size,
      lastSentAt: this.#lastSentAt,
      scarce: this.#scarce,
      maxBatchSize: settings.maxBatchSize,
      strategy: settings.strategy,
      latency: this.#latency,
      arrivalMs: this.#arrivals.meanMs,
    });
    for (const call of shed) this.#refuse(call, this.#overloaded("deadline"));
    if (send.length === 0) return askAt;
    for (const call of send) this.#queue.leave(call);
    this.#batches[reason] += 1;
    this.#lastSentAt = clock.now();
    this.#scarce = false;
    const batch = new Batch(send, reason, clock);
    this.#running.add(batch);
    void this.#run(send, batch).finally(() => {
      this.#running.delete(batch);
      this.#wake();
    });
    return "sent";
  }

  async #run(calls: readonly Call[], batch: Batch): Promise<void> {
    try {
      const outcomes = await isolate(
        calls,
        (some) => this.#compute(some, batch),
        this.#context.idempotent,
      );
      const record = batch.end();
      // A batch that failed says nothing of how long one takes that does not.
      const well = outcomes.every(({ runs, status }) => runs === 1 && status === "fulfilled");
      if (outcomes.some(({ runs }) => runs > 1))
        this.#context.events?.isolated?.(this.#context.method);
      if (well) this.#latency.add(record.rows, batch.lastRunMs());
      this.#context.events?.batchDone?.(this.#context.method, record);
      for (const [at, call] of calls.entries()) {
        this.#tell(call, record, batch.startedAt);
        settle(call, outcomes[at]);
      }
    } catch (error) {
      for (const { job } of calls) job.reject(error);
    }
  }

  /** Runs the calls that somebody still waits for, and answers each. */
  async #compute(calls: readonly Call[], batch: Batch): Promise<readonly unknown[]> {
    const { workers, method } = this.#context;
    const { axisIn, axisOut } = this.settings;
    const wanted = calls.filter(({ job }) => job.waiting);
    if (wanted.length === 0) return calls.map(() => undefined);
    const inputs = wanted.map(({ job }) => job.input);
    const output = await workers.runNow(method, joinRows(inputs, axisIn), {
      wanted: () => wanted.some(({ job }) => job.waiting),
      started: (worker) => batch.started(worker),
    });
    const counts = wanted.map(({ rows }) => rows);
    const parts = cutRows(output, counts, axisOut);
    const answers = new Map(wanted.map((call, at) => [call, parts[at]]));
    return calls.map((call) => answers.get(call));
  }

  /** Tells a caller that wants to know of its batch. */
  #tell({ signal, enqueuedAt }: Call, record: BatchRecord, startedAt: number): void {
    const { runner, method, events } = this.#context;
    events?.waited?.(method, startedAt - enqueuedAt);
    callScope(signal).record?.({
      runner,
      method,
      batchRows: record.rows,
      batchRequests: record.requests,
      waitMs: startedAt - enqueuedAt,
      runMs: record.runMs,
      reason: record.reason,
    });
  }
}

function settle({ job, rows, part }: Call, outcome: Isolated | undefined): void {
  if (outcome?.status !== "fulfilled") return job.reject(outcome?.reason);
  const { value } = outcome;
  // A method may answer an error in place of a row: it is the answer of a call of that row alone.
  const [only] = rows === 1 && !part && Array.isArray(value) ? value : [];
  if (only instanceof Error) job.reject(only);
  else job.resolve(value);
}
