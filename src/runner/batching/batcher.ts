/**
 * Batcher: the queues of one method. It joins calls into batches as the policy says, gives them to
 * workers, and settles every call it has admitted exactly once.
 * @module
 */

import type { ServiceError } from "../../error.ts";
import { runnerLog as log } from "../../log.ts";
import { type CallOptions, cancelerIn, type Lane } from "../call-options.ts";
import { HangLimit } from "../latency/hang-limit.ts";
import { LatencyModel } from "../latency/latency-model.ts";
import { inOrder } from "../queue/call-group.ts";
import { LaneQueue } from "../queue/lane-queue.ts";
import { nextArrival, QueuedCall, type QueuedCallOptions } from "../queue/queued-call.ts";
import { fitsBatch } from "../rows/weights.ts";
import { LATE, overloaded, unjoinable } from "../runner-error.ts";
import { Admission, type Refusal, TOO_LATE } from "./admission.ts";
import { Batch } from "./batch.ts";
import { batchDeadline } from "./batch-deadline.ts";
import type { BatchSettings } from "./batch-options.ts";
import type { BatcherStats } from "./batch-record.ts";
import { BatchRun, type BatchRunContext } from "./batch-run.ts";
import type { BatcherContext } from "./batcher-context.ts";
import { sizeOfCall } from "./call-size.ts";
import { CallInPieces, unitsOf } from "./pieces.ts";
import { type CloseReason, type Decision, decide, NO_BATCHES } from "./policy.ts";
import { runAlone } from "./run-alone.ts";
import { Underway } from "./underway.ts";
import { WakeTimer } from "./wake-timer.ts";

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
  readonly #running = new Underway();
  readonly #runContext: Omit<BatchRunContext, "expectedMs" | "used">;
  /** The batches that are not settled. */
  readonly #runs: BatchRun[] = [];
  #shed = 0;
  #isWoken = false;
  /** True if calls are split to fill a batch. A call larger than a batch is split in any case. */
  #cutsToFill: boolean;
  #lastSentAt = Number.NEGATIVE_INFINITY;
  readonly #timer: WakeTimer;

  constructor(context: BatcherContext) {
    this.settings = context.settings;
    this.#context = context;
    this.isBatched = context.isBatched ?? true;
    this.#admission = new Admission({ ...context, latency: this.#latency });
    const workMs = (units: number): number => this.#admission.workMs(units);
    const open = (lane: Lane) => new LaneQueue(lane, workMs, (queue) => this.#take(queue));
    this.lanes = { interactive: open("interactive"), bulk: open("bulk") };
    const [latency, hangLimit, running] = [this.#latency, this.#hangLimit, this.#running];
    this.#runContext = { ...context, latency, hangLimit, running };
    this.queues = Object.values(this.lanes);
    this.#timer = new WakeTimer(context.clock, this.queues, () => this.#dispatch());
    // Of a call that must not run twice, one part might succeed and another fail.
    this.#cutsToFill = context.idempotent && (context.splittable ?? true);
  }

  stats(): BatcherStats {
    const { interactive, bulk } = this.lanes;
    const { a, b } = this.#latency;
    const { maxBatchSize, axisIn, axisOut } = this.settings;
    return {
      ...{ maxBatchSize, axisIn, axisOut, a, b },
      queuedRows: interactive.rows + bulk.rows,
      queuedCalls: interactive.calls + bulk.calls,
      inFlight: this.#running.batches,
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
  call(input: unknown, options: CallOptions = {}): Promise<unknown> {
    try {
      return this.#queue(input, options).pending.promise;
    } catch (error) {
      const refused = Promise.reject(error);
      refused.catch(() => {}); // a caller may await something else first
      return refused;
    }
  }

  #queue(input: unknown, options: CallOptions): QueuedCall | CallInPieces {
    // Each is read once: those of a context are made at their first use.
    const { caller, lane = "interactive", onCall, onRun } = options;
    const canceler = cancelerIn(options);
    canceler?.throwIfAborted();
    const { settings } = this;
    const { clock, workers } = this.#context;
    if (workers.refusal !== undefined) throw workers.refusal;
    const size = sizeOfCall(input, this.#context, this.#cutsToFill);
    const { rows, key, weight, meanWeight, pieces } = size;
    const [queue, enqueuedAt] = [this.lanes[lane], clock.now()];
    const given: QueuedCallOptions = {
      input,
      rows,
      weight,
      meanWeight,
      key,
      caller,
      lane,
      order: nextArrival(),
      whole: !this.#cutsToFill && fitsBatch(rows, weight, settings),
      enqueuedAt,
      deadlineAt: batchDeadline(options, settings.maxLatencyMs, enqueuedAt),
      axisOut: settings.axisOut,
      onCall: onCall && ((record) => options.onCall?.(record)),
      onRun: onRun && ((record) => options.onRun?.(record)),
      unjoinable: this.#unjoinable,
      canceler,
      onAbort: canceler && (() => this.#canceled(queue.remove(call) && !call.started)),
    };
    const waiting = { queue, lastSentAt: this.#lastSentAt, refuse: this.#refuseFull };
    const whole = pieces === undefined ? given : { ...given, weight: unitsOf(pieces) / rows };
    const refusal = this.#admission.refusalOf(whole, enqueuedAt, waiting);
    if (refusal !== undefined) throw this.#overloaded(refusal, queue);
    this.#wake();
    if (pieces !== undefined) {
      const canceled = (wasQueued: boolean): void => this.#canceled(wasQueued);
      return new CallInPieces(pieces, { options: given, axisIn: settings.axisIn, queue, canceled });
    }
    const call = new QueuedCall(given);
    queue.add(call);
    return call;
  }

  #canceled(wasQueued: boolean): void {
    this.#timer.rest();
    this.#context.events?.canceled?.(this.#context.method, wasQueued ? "queue" : "running");
  }

  /**
   * Learns from a batch of the warm-up, which took `ms` milliseconds, and `ranMs` by its worker.
   *
   * @param units its rows times the weight of its heaviest row
   */
  learn(units: number, ms: number, ranMs?: number): void {
    this.#latency.seed(units, ms, ranMs);
  }

  /** Fails every waiting call. */
  close(error: ServiceError): void {
    for (const queue of this.queues) {
      for (const call of queue.all()) this.#refuse(call, error);
    }
  }

  /** Counts a call that is refused, for the calls of a queue if that is full; returns its error. */
  #overloaded({ reason, retryAfterSeconds }: Refusal = TOO_LATE, queue?: LaneQueue): ServiceError {
    const { runner, method, events } = this.#context;
    this.#shed += 1;
    events?.shed?.(method, reason);
    const full = `${queue?.rows ?? 0} ${this.isBatched ? "rows" : "calls"} are waiting already`;
    return overloaded(runner, reason === "queue_full" ? full : LATE, retryAfterSeconds);
  }

  readonly #refuseFull = (call: QueuedCall, refusal: Refusal): void =>
    this.#refuse(call, this.#overloaded(refusal, this.lanes[call.lane]));

  #refuse(call: QueuedCall, error: unknown): void {
    this.lanes[call.lane].remove(call);
    this.#timer.rest();
    call.pending.reject(error);
  }

  /** Runs a call again in one batch, since the answers of its parts cannot be joined. */
  readonly #unjoinable = (call: QueuedCall, reason: string): void => {
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
  };

  /** Asks for work in a microtask, so that calls made together are joined. */
  #wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    queueMicrotask(() => {
      this.#isWoken = false;
      this.#dispatch();
    });
  }

  /** Sends the next batch of a queue if the policy says so; else sets a timer to ask again. */
  #take(queue: LaneQueue): number | undefined {
    const { workers, clock, idempotent } = this.#context;
    const { maxBatchSize, maxBatchWeight, strategy, weightOf, padding } = this.settings;
    const isWeighed = weightOf !== undefined || padding !== undefined;
    const isReserved = this.#runs.reduce((n, run) => n + run.reservedWorkers, 0) >= workers.size;
    const free = isReserved ? 0 : workers.free;
    // A batch sent ahead to a worker that is then lost may or may not have been started.
    const ahead = this.isBatched && idempotent && !isReserved ? workers.ahead : 0;
    if (free === 0 && ahead === 0) return undefined;
    const now = clock.now();
    const { 0: freeInMs = 0, 1: nextFreeInMs = Infinity } = workers.freeInMs(now);
    let askAt = Number.POSITIVE_INFINITY;
    for (const group of queue.first(MAX_KEYS)) {
      const decision = decide({
        now,
        calls: inOrder(group),
        free,
        ahead,
        workers: workers.size,
        freeInMs,
        nextFreeInMs,
        price: this.#admission.priceAt(now),
        intervalMs: this.#admission.intervalMs,
        lastSentAt: this.#lastSentAt,
        maxBatchSize,
        maxBatchWeight,
        strategy,
        latency: this.#latency,
        waitingUnits: queue.keys === 1 ? group.units : 0,
        waitingRows: isWeighed ? undefined : group.units,
      });
      this.#refuseLate(decision.shed, now);
      if (decision.send.length > 0) return this.#send(queue, decision, now);
      askAt = Math.min(askAt, decision.askAt ?? askAt);
    }
    this.#timer.by(askAt);
    return undefined;
  }

  #send(queue: LaneQueue, { send, reason, expectedMs }: Decision<QueuedCall>, now: number): number {
    const portions = queue.takeRows(send, (call, rows) => call.take(rows));
    this.#timer.rest();
    for (const { call } of portions) this.#admission.left(call.lane, false, queue.calls, now);
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

  #refuseLate(calls: readonly QueuedCall[], now: number): void {
    for (const call of calls) {
      this.#admission.left(call.lane, true, this.lanes[call.lane].calls, now);
      // One of its other pieces may have failed it already.
      if (call.pending.waiting) this.#refuse(call, this.#overloaded());
    }
  }

  /** Refuses the calls whose time is over, and gives work to free workers. */
  #dispatch(): void {
    const { clock, workers } = this.#context;
    const now = clock.now();
    for (const queue of this.queues) {
      if (queue.earliestAt > now) continue;
      this.#refuseLate(queue.lateCalls(now), now);
    }
    workers.dispatch();
    for (const queue of this.queues) this.#timer.by(queue.earliestAt);
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
    this.#runs.push(run);
    await run.run();
    this.#runs.splice(this.#runs.indexOf(run), 1);
    this.#wake();
  }
}
