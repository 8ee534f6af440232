/**
 * Batcher: the queue of one batched method. It joins calls into batches as the policy says, gives
 * them to workers, and settles every call it has admitted exactly once.
 * @module
 */

import type { Clock } from "../../clock.ts";
import { invalidArgument, type ServiceError } from "../../error.ts";
import { log } from "../../log.ts";
import type { MakePayload } from "../../worker/payload.ts";
import type { CallOptions } from "../call-options.ts";
import type { RunnerEvents, ShedReason } from "../metrics/runner-events.ts";
import type { WorkOptions, WorkSource } from "../pool/work-source.ts";
import { LATE, overloaded } from "../runner-error.ts";
import { refusalOf, retryAfterSeconds } from "./admission.ts";
import { ArrivalRate } from "./arrival-rate.ts";
import { Batch, busyMs } from "./batch.ts";
import type { BatchSettings } from "./batch-options.ts";
import type { BatcherStats } from "./batch-record.ts";
import { BatchRun } from "./batch-run.ts";
import { CallQueue } from "./call-queue.ts";
import { HangLimit } from "./hang-limit.ts";
import { LatencyModel } from "./latency-model.ts";
import { type CloseReason, decide, NO_BATCHES } from "./policy.ts";
import { QueuedCall } from "./queued-call.ts";
import { shapeOf } from "./rows.ts";
import { weightsOf } from "./weights.ts";

/** The workers that run the batches. */
export interface BatchRunner {
  /** The number of batches that could start at once. */
  readonly free: number;
  /** The number of busy workers that may be sent a batch ahead. */
  readonly ahead: number;
  /** The number of workers, including those that are being replaced. */
  readonly size: number;
  /** Runs a batch: at once, ahead on a busy worker, or on the first worker that is free. */
  runNow(method: string, input: MakePayload, options: WorkOptions): Promise<unknown>;
}

/** The parts of a batcher. */
export interface BatcherContext {
  readonly runner: string;
  readonly method: string;
  readonly settings: BatchSettings;
  /** True if a call may be run again in another batch. */
  readonly idempotent: boolean;
  /** True if the rows of a call may be in several batches. Default true. */
  readonly splittable?: boolean;
  readonly workers: BatchRunner;
  readonly clock: Clock;
  readonly events?: Partial<RunnerEvents> | undefined;
}

/** The queue of one batched method of one runner. */
export class Batcher implements WorkSource {
  readonly settings: BatchSettings;
  readonly #context: BatcherContext;
  readonly #latency = new LatencyModel();
  readonly #hangLimit = new HangLimit(this.#latency);
  readonly #arrivals = new ArrivalRate();
  readonly #queue = new CallQueue();
  readonly #batches: Record<CloseReason, number> = { ...NO_BATCHES };
  readonly #running = new Set<Batch>();
  /** The batches that are not settled. */
  readonly #runs = new Set<BatchRun>();
  #shed = 0;
  #isWoken = false;
  /** True if calls are split to fill a batch. A call larger than a batch is split in any case. */
  #cutsToFill: boolean;
  /** The time of the last batch, and true if a call has been refused since. */
  #lastSentAt = Number.NEGATIVE_INFINITY;
  #scarce = false;
  #cancelTimer: () => void = () => {};

  constructor(context: BatcherContext) {
    this.settings = context.settings;
    this.#context = context;
    // Of a call that must not run twice, one part might succeed and another fail.
    this.#cutsToFill = context.idempotent && (context.splittable ?? true);
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
  async call(input: unknown, options: CallOptions = {}): Promise<unknown> {
    const { signal } = options;
    signal?.throwIfAborted();
    const { axisIn, axisOut, padding } = this.settings;
    const { method, clock, events } = this.#context;
    const { rows, key } = shapeOf(input, axisIn, padding);
    this.#checkSize(rows);
    const weights = weightsOf(input, rows, this.settings);
    const enqueuedAt = clock.now();
    this.#arrivals.add(enqueuedAt);
    const deadlineAt = this.#admit(rows, options.deadlineAt);
    const onAbort = (): void => {
      const wasQueued = this.#queue.leave(call) && !call.started;
      events?.canceled?.(method, wasQueued ? "queue" : "running");
    };
    const call: QueuedCall = new QueuedCall({
      ...{ input, rows, weights, key, signal, onAbort, enqueuedAt, deadlineAt, axisIn, axisOut },
      whole: rows <= this.settings.maxBatchSize && !this.#cutsToFill,
      onCall: (record) => options.onCall?.(record),
      unjoinable: (_, reason) => this.#unjoinable(call, reason),
    });
    this.#queue.add(call);
    this.#wake();
    return await call.pending.promise;
  }

  /**
   * Learns from a batch of the warm-up, which took `ms` milliseconds.
   *
   * @param units its rows times the weight of its heaviest row
   */
  learn(units: number, ms: number): void {
    this.#latency.seed(units, ms);
  }

  get oldestAt(): number {
    return this.#queue.oldestAt;
  }

  /** Sends the next batch if the policy says so; else sets a timer for its next decision. */
  take(): boolean {
    this.#cancelTimer();
    let askAt = Number.POSITIVE_INFINITY;
    for (const queue of this.#queue.queues()) {
      const at = this.#decideOn(queue);
      if (at === "sent") return true;
      askAt = Math.min(askAt, at ?? Number.POSITIVE_INFINITY);
    }
    if (askAt === Number.POSITIVE_INFINITY) return false;
    const { clock } = this.#context;
    this.#cancelTimer = clock.after(Math.max(0, askAt - clock.now()), () => this.#sendAll());
    return false;
  }

  /** Fails every waiting call. */
  close(error: ServiceError): void {
    this.#cancelTimer();
    for (const call of this.#queue.all()) this.#refuse(call, error);
  }

  /** Returns the deadline of a call that can be taken. */
  #admit(rows: number, ownDeadlineAt = Number.POSITIVE_INFINITY): number {
    const { clock, workers } = this.#context;
    const { maxLatencyMs, maxQueueRows } = this.settings;
    const now = clock.now();
    const deadlineAt = Math.min(now + maxLatencyMs, ownDeadlineAt);
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

  /** Counts a call that is refused, and returns its error. */
  #overloaded(reason: ShedReason): ServiceError {
    const { runner, method, events } = this.#context;
    this.#shed += 1;
    this.#scarce = true;
    events?.shed?.(method, reason);
    const full = `${this.#queue.rows} rows are waiting already`;
    const retryAfter = retryAfterSeconds(reason, this.settings.maxLatencyMs);
    return overloaded(runner, reason === "queue_full" ? full : LATE, retryAfter);
  }

  #refuse(call: QueuedCall, error: unknown): void {
    this.#queue.leave(call);
    call.pending.reject(error);
  }

  #checkSize(rows: number): void {
    const { runner, method, splittable = true } = this.#context;
    const { maxBatchSize } = this.settings;
    if (splittable || rows <= maxBatchSize) return;
    throw invalidArgument(
      `A call of "${method}" of runner "${runner}" must have at most ${maxBatchSize} rows, ` +
        `since it is not split, but has ${rows}`,
    );
  }

  /** Runs a call again in one batch, since the answers of its parts cannot be joined. */
  #unjoinable(call: QueuedCall, reason: string): void {
    const { runner, method, idempotent } = this.#context;
    const text =
      `The answers of the parts of a call of "${method}" of runner "${runner}" cannot be joined: ` +
      `${reason}. Name the method in "notSplittable", or give each row an answer of one shape`;
    if (!idempotent || call.totalRows > this.settings.maxBatchSize) {
      return call.pending.reject(new TypeError(text));
    }
    if (this.#cutsToFill) log.warn("{text}. Calls are no longer split to fill a batch", { text });
    this.#cutsToFill = false;
    call.restart();
    this.#queue.add(call);
    this.#wake();
  }

  /** Runs the policy in a microtask, so that calls made together are joined. */
  #wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    queueMicrotask(() => {
      this.#isWoken = false;
      this.#sendAll();
    });
  }

  #sendAll(): void {
    while (this.take());
  }

  /** Sends the next batch of a queue, or returns the time of its next decision, if any. */
  #decideOn(queue: Iterable<QueuedCall>): "sent" | number | undefined {
    const { settings, workers, clock, idempotent } = this.#context;
    const reserved = [...this.#runs].reduce((sum, run) => sum + run.reservedWorkers, 0);
    const isReserved = reserved >= workers.size;
    const { shed, send, reason, askAt } = decide({
      now: clock.now(),
      queue,
      free: isReserved ? 0 : workers.free,
      // A batch sent ahead to a worker that is then lost may or may not have been started.
      ahead: idempotent && !isReserved ? workers.ahead : 0,
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
    const portions = send.map(({ call, rows }) => this.#queue.take(call, rows));
    this.#batches[reason] += 1;
    this.#lastSentAt = clock.now();
    this.#scarce = false;
    void this.#run(new Batch(portions, reason, clock));
    return "sent";
  }

  async #run(batch: Batch): Promise<void> {
    const running = this.#running;
    const latency = this.#latency;
    const context = { ...this.#context, latency, hangLimit: this.#hangLimit, running };
    const drop = (): void => {
      // The rest of a call that has failed must not be sent.
      for (const { call } of batch.portions) if (!call.pending.waiting) this.#queue.leave(call);
      this.#wake();
    };
    const run = new BatchRun(batch, context, drop);
    this.#runs.add(run);
    await run.run();
    this.#runs.delete(run);
    this.#wake();
  }
}
