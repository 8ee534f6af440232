/**
 * Batcher: the queues of one method. It joins calls into batches as the policy says, gives them to
 * workers, and settles every call it has admitted exactly once.
 * @module
 */

import type { ServiceError } from "../../error.ts";
import { log } from "../../log.ts";
import type { CallOptions, Lane } from "../call-options.ts";
import type { ShedReason } from "../metrics/runner-events.ts";
import { LATE, overloaded, unjoinable } from "../runner-error.ts";
import { Admission } from "./admission.ts";
import { Alarm } from "./alarm.ts";
import { Batch } from "./batch.ts";
import type { BatchSettings } from "./batch-options.ts";
import type { BatcherStats } from "./batch-record.ts";
import { BatchRun, type BatchRunContext } from "./batch-run.ts";
import type { BatcherContext } from "./batcher-context.ts";
import { inOrder } from "./call-group.ts";
import { sizeOfCall } from "./call-size.ts";
import { retryAfterSeconds } from "./forecast.ts";
import { HangLimit } from "./hang-limit.ts";
import { LaneQueue } from "./lane-queue.ts";
import { LatencyModel } from "./latency-model.ts";
import { callInPieces, unitsOf } from "./pieces.ts";
import { type CloseReason, type Decision, decide, NO_BATCHES } from "./policy.ts";
import { QueuedCall, type QueuedCallOptions } from "./queued-call.ts";
import { runAlone } from "./run-alone.ts";
import { fitsBatch } from "./weights.ts";

/** The number of calls so far, of all methods. */
let arrivals = 0;

/** The most keys whose calls are considered for the next batch. */
const MAX_KEYS = 16;

/** The queues of one method of one runner. */
export class Batcher {
  readonly settings: BatchSettings;
  /** False for a method that takes its argument as it is. */
  readonly isBatched: boolean;
  /** The queues, one a lane, which take turns with those of other methods. */
  readonly lanes: Readonly<Record<Lane, LaneQueue>>;
  readonly queues: readonly LaneQueue[];
  readonly #context: BatcherContext;
  readonly #latency = new LatencyModel();
  readonly #hangLimit = new HangLimit(this.#latency);
  readonly #admission: Admission;
  readonly #batches: Record<CloseReason, number> = { ...NO_BATCHES };
  readonly #running = new Set<Batch>();
  readonly #runContext: Omit<BatchRunContext, "expectedMs" | "used">;
  /** The batches that are not settled. */
  readonly #runs = new Set<BatchRun>();
  #shed = 0;
  #isWoken = false;
  /** True if calls are split to fill a batch. A call larger than a batch is split in any case. */
  #cutsToFill: boolean;
  #lastSentAt = Number.NEGATIVE_INFINITY;
  /** Rings when calls may have to be refused or sent. */
  readonly #alarm: Alarm;

  constructor(context: BatcherContext) {
    this.settings = context.settings;
    this.#context = context;
    this.isBatched = context.isBatched ?? true;
    this.#admission = new Admission({ ...context, latency: this.#latency });
    const workMs = (units: number): number => this.#admission.workMs(units);
    const take = (queue: LaneQueue): number | undefined => this.#take(queue);
    this.lanes = {
      interactive: new LaneQueue("interactive", workMs, take),
      bulk: new LaneQueue("bulk", workMs, take),
    };
    const [latency, hangLimit, running] = [this.#latency, this.#hangLimit, this.#running];
    this.#runContext = { ...context, latency, hangLimit, running };
    this.queues = Object.values(this.lanes);
    this.#alarm = new Alarm(context.clock, () => {
      this.#refuseLate();
      this.#dispatch();
    });
    // Of a call that must not run twice, one part might succeed and another fail.
    this.#cutsToFill = context.idempotent && (context.splittable ?? true);
  }

  stats(): BatcherStats {
    const { interactive, bulk } = this.lanes;
    return {
      queuedRows: interactive.rows + bulk.rows,
      queuedCalls: interactive.calls + bulk.calls,
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
    const { signal, caller, lane = "interactive" } = options;
    signal?.throwIfAborted();
    const { axisIn, axisOut } = this.settings;
    const { method, clock, events, workers } = this.#context;
    if (workers.refusal !== undefined) throw workers.refusal;
    const size = sizeOfCall(input, this.#context, this.#cutsToFill);
    const { rows, weight, pieces } = size;
    const queue = this.lanes[lane];
    const enqueuedAt = clock.now();
    const deadlineAt = this.#deadlineOf(options, enqueuedAt);
    const entry = { ...size, caller, deadlineAt, order: arrivals++ };
    const refusal = this.#admission.refusalOf(
      queue,
      pieces === undefined ? entry : { ...entry, weight: unitsOf(pieces) / rows },
      enqueuedAt,
      this.#queuedRows,
      this.#lastSentAt,
    );
    if (refusal !== undefined) throw this.#overloaded(refusal);
    const canceled = (wasQueued: boolean): void => {
      events?.canceled?.(method, wasQueued ? "queue" : "running");
    };
    const onAbort = (): void => canceled(queue.remove(call) && !call.started);
    const given: QueuedCallOptions = {
      ...{ input, ...entry, lane, signal, onAbort, enqueuedAt, axisIn, axisOut },
      whole: !this.#cutsToFill && fitsBatch(rows, weight, this.settings),
      onCall: (record) => options.onCall?.(record),
      unjoinable: (each, reason) => this.#unjoinable(each, reason),
    };
    this.#wake();
    if (pieces !== undefined) {
      const nextOrder = (): number => arrivals++;
      return await callInPieces(pieces, { options: given, queue, nextOrder, canceled });
    }
    const call = new QueuedCall(given);
    queue.add(call);
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

  /** Fails every waiting call. */
  close(error: ServiceError): void {
    this.#alarm.cancel();
    for (const queue of this.queues) {
      for (const call of queue.all()) this.#refuse(call, error);
    }
  }

  /** Returns the time by which the batch of a call must end. */
  #deadlineOf({ deadlineAt = Number.POSITIVE_INFINITY, answerMs = 0 }: CallOptions, now: number) {
    return Math.min(now + this.settings.maxLatencyMs, deadlineAt - answerMs);
  }

  /** Counts a call that is refused, and returns its error. */
  #overloaded(reason: ShedReason): ServiceError {
    const { runner, method, events } = this.#context;
    this.#shed += 1;
    events?.shed?.(method, reason);
    const unit = this.isBatched ? "rows" : "calls";
    const full = `${this.#queuedRows} ${unit} are waiting already`;
    const retryAfter = retryAfterSeconds(reason, this.settings.maxLatencyMs);
    return overloaded(runner, reason === "queue_full" ? full : LATE, retryAfter);
  }

  get #queuedRows(): number {
    return this.lanes.interactive.rows + this.lanes.bulk.rows;
  }

  #refuse(call: QueuedCall, error: unknown): void {
    this.lanes[call.lane].remove(call);
    call.pending.reject(error);
  }

  /** Runs a call again in one batch, since the answers of its parts cannot be joined. */
  #unjoinable(call: QueuedCall, reason: string): void {
    const { runner, method, idempotent } = this.#context;
    const text = unjoinable(runner, method, reason);
    if (!idempotent || !fitsBatch(call.totalRows, call.weight, this.settings)) {
      return call.pending.reject(new TypeError(text));
    }
    if (this.#cutsToFill) log.warn("{text}. Calls are no longer split to fill a batch", { text });
    this.#cutsToFill = false;
    call.restart();
    this.lanes[call.lane].add(call);
    this.#wake();
  }

  /** Asks for work in a microtask, so that calls made together are joined. */
  #wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    queueMicrotask(() => {
      this.#isWoken = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    this.#context.workers.dispatch();
    for (const queue of this.queues) this.#alarm.set(queue.earliestAt);
  }

  /** Sends the next batch of a queue if the policy says so; else sets a timer to ask again. */
  #take(queue: LaneQueue): number | undefined {
    const { workers, clock, idempotent } = this.#context;
    const isReserved = this.#reservedWorkers >= workers.size;
    const free = isReserved ? 0 : workers.free;
    // A batch sent ahead to a worker that is then lost may or may not have been started.
    const mayGoAhead = this.isBatched && idempotent && !isReserved;
    const ahead = mayGoAhead ? workers.ahead : 0;
    if (free === 0 && ahead === 0) return undefined;
    const now = clock.now();
    let askAt = Number.POSITIVE_INFINITY;
    for (const group of queue.first(MAX_KEYS)) {
      const decision = decide({
        now,
        calls: inOrder(group),
        free,
        ahead,
        workers: workers.size,
        lastSentAt: this.#lastSentAt,
        maxBatchSize: this.settings.maxBatchSize,
        maxBatchWeight: this.settings.maxBatchWeight,
        strategy: this.settings.strategy,
        latency: this.#latency,
        price: this.#admission.price,
        intervalMs: this.#admission.intervalMs,
      });
      this.#shedLate(decision.shed);
      if (decision.send.length > 0) return this.#send(queue, decision, now);
      askAt = Math.min(askAt, decision.askAt ?? askAt);
    }
    this.#alarm.set(askAt);
    return undefined;
  }

  get #reservedWorkers(): number {
    let reserved = 0;
    for (const run of this.#runs) reserved += run.reservedWorkers;
    return reserved;
  }

  #send(queue: LaneQueue, { send, reason, expectedMs }: Decision<QueuedCall>, now: number): number {
    const portions = queue.takeRows(send, (call, rows) => call.take(rows));
    this.#batches[reason] += 1;
    this.#lastSentAt = now;
    const used = (ms: number): void => {
      queue.served += ms / queue.share;
    };
    const context = { ...this.#runContext, expectedMs, used };
    if (this.isBatched) void this.#run(new Batch(portions, reason, this.#context.clock), context);
    else for (const { call } of portions) void runAlone(call, context);
    return expectedMs;
  }

  /** Refuses the calls that could not be answered in time if they started now. */
  #refuseLate(): void {
    const now = this.#context.clock.now();
    for (const queue of this.queues) {
      if (queue.earliestAt > now) continue;
      this.#shedLate(queue.lateCalls(now));
    }
  }

  #shedLate(calls: readonly QueuedCall[]): void {
    for (const call of calls) {
      // Unless it is a piece of a call that another one has failed already.
      if (call.pending.waiting) this.#refuse(call, this.#overloaded("deadline"));
    }
  }

  async #run(batch: Batch, context: BatchRunContext): Promise<void> {
    const progressed = (): void => {
      // The rest of a call that has failed must not be sent.
      for (const { call } of batch.portions) {
        if (!call.pending.waiting) this.lanes[call.lane].remove(call);
      }
      this.#wake();
    };
    const run = new BatchRun(batch, context, progressed);
    this.#runs.add(run);
    await run.run();
    this.#runs.delete(run);
    this.#wake();
  }
}
