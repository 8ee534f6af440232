/**
 * Batcher: the queue of one batched method. It joins calls into batches as the policy says, gives
 * them to workers, and settles every call it has admitted exactly once.
 * @module
 */

import { type CallRecord, callScope, setCallScope } from "../call-scope.ts";
import { ServiceError } from "../error.ts";
import type { Clock } from "../host.ts";
import { expectedMs } from "./admission.ts";
import { ArrivalRate } from "./arrival-rate.ts";
import type { BatchSettings } from "./batch-options.ts";
import type { BatcherStats, BatchRecord } from "./batch-record.ts";
import { type Call, CallQueue } from "./call-queue.ts";
import { type Isolated, isolate } from "./isolate.ts";
import { Job } from "./job.ts";
import { LatencyModel } from "./latency-model.ts";
import { type CloseReason, decide } from "./policy.ts";
import { cutRows, joinRows, shapeOf } from "./rows.ts";

/** What runs the batches. */
export interface BatchRunner {
  /** Batches that could start at once. */
  readonly free: number;
  /** Workers that take batches, now or soon. */
  readonly size: number;
  run(method: string, input: unknown): Promise<unknown>;
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
  /** Told of every batch when it is over. */
  readonly onBatch?: (record: BatchRecord) => void;
}

/** The queue of one batched method of one runner. */
export class Batcher {
  readonly #context: BatcherContext;
  readonly #latency = new LatencyModel();
  readonly #arrivals = new ArrivalRate();
  readonly #queue = new CallQueue();
  readonly #batches: Record<CloseReason, number> = { full: 0, idle: 0, deadline: 0, window: 0 };
  #inFlight = 0;
  #shed = 0;
  #asked = false;
  #cancelTimer: () => void = () => {};

  constructor(context: BatcherContext) {
    this.#context = context;
  }

  stats(): BatcherStats {
    return {
      queuedRows: this.#queue.rows,
      queuedCalls: this.#queue.calls,
      inFlight: this.#inFlight,
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
    const { settings, clock } = this.#context;
    const { rows, key } = shapeOf(input, settings.axisIn);
    const now = clock.now();
    this.#arrivals.add(now);
    const ticket = { key, part: false, enqueuedAt: now, deadlineAt: this.#admit(rows, signal) };
    if (rows > settings.maxBatchSize) return await this.#callInParts(input, rows, ticket, signal);
    return await this.#enqueue(input, { ...ticket, rows }, signal);
  }

  /** Asks the policy again: a worker may have become free. */
  wake(): void {
    if (this.#asked) return;
    this.#asked = true;
    // After what runs now, so that calls made together are joined.
    queueMicrotask(() => {
      this.#asked = false;
      this.#decide();
    });
  }

  /** Refuses everything that waits. */
  close(error: ServiceError): void {
    this.#cancelTimer();
    for (const call of this.#queue.all()) this.#refuse(call, error);
  }

  /** The deadline of a call that can be taken. */
  #admit(rows: number, signal: AbortSignal | undefined): number {
    const { settings, clock, runner, workers } = this.#context;
    if (this.#queue.rows + rows > Math.max(settings.maxQueueRows, rows)) {
      this.#shed += 1;
      const text = `Runner "${runner}" is overloaded: ${this.#queue.rows} rows are waiting already`;
      throw new ServiceError("unavailable", text, { retryAfterSeconds: 1 });
    }
    const now = clock.now();
    const own = callScope(signal).deadlineAt ?? Number.POSITIVE_INFINITY;
    const deadlineAt = Math.min(now + settings.maxLatencyMs, own);
    const load = {
      rows: this.#queue.rows + rows,
      maxBatchSize: settings.maxBatchSize,
      free: workers.free,
      workers: workers.size,
      latency: this.#latency,
    };
    // What was learned may be wrong by now: with nothing ahead of it, a call is the test of that.
    const nothingAhead = this.#queue.rows === 0 && workers.free > 0;
    if (nothingAhead || now + expectedMs(load) <= deadlineAt) return deadlineAt;
    throw this.#tooLate();
  }

  #tooLate(): ServiceError {
    this.#shed += 1;
    const { runner, settings } = this.#context;
    const text = `Runner "${runner}" is overloaded: the call could not be answered in time`;
    const retryAfterSeconds = Math.max(1, Math.ceil(settings.maxLatencyMs / 1_000 / 2));
    return new ServiceError("unavailable", text, {
      retryAfterSeconds: Math.min(retryAfterSeconds, 30),
    });
  }

  async #callInParts(
    input: unknown,
    rows: number,
    ticket: Omit<Ticket, "rows">,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const { maxBatchSize, axisIn, axisOut } = this.#context.settings;
    const counts = Array.from({ length: Math.ceil(rows / maxBatchSize) }, (_, at) =>
      Math.min(maxBatchSize, rows - at * maxBatchSize),
    );
    const parts = cutRows(input, counts, axisIn);
    // The first part that fails, or the caller that goes, takes the others out of the queue.
    const group = new AbortController();
    setCallScope(group.signal, callScope(signal));
    const stop = (): void => group.abort(signal?.reason);
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const outputs = await Promise.all(
        parts.map((part, at) =>
          this.#enqueue(part, { ...ticket, rows: counts[at] ?? 0, part: true }, group.signal),
        ),
      );
      return joinRows(outputs, axisOut);
    } catch (error) {
      group.abort(error);
      throw error;
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  #enqueue(input: unknown, ticket: Ticket, signal: AbortSignal | undefined): Promise<unknown> {
    const job = new Job(this.#context.method, input, signal, () => this.#queue.leave(call));
    const call: Call = { ...ticket, job, signal };
    this.#queue.add(call);
    this.wake();
    return job.promise;
  }

  #refuse(call: Call, error: ServiceError): void {
    this.#queue.leave(call);
    call.job.reject(error);
  }

  /** Sends what the policy says, until it says to wait. */
  #decide(): void {
    this.#cancelTimer();
    let askAt: number | undefined;
    for (const line of this.#queue.lines()) {
      const at = this.#decideOn(line);
      if (at !== undefined) askAt = Math.min(askAt ?? at, at);
    }
    if (askAt === undefined) return;
    const { clock } = this.#context;
    this.#cancelTimer = clock.after(Math.max(0, askAt - clock.now()), () => this.#decide());
  }

  /** Empties a line as far as the policy says. Returns when to ask again. */
  #decideOn(line: Iterable<Call>): number | undefined {
    const { settings, workers, clock } = this.#context;
    for (;;) {
      const { shed, send, reason, askAt } = decide({
        now: clock.now(),
        queue: line,
        free: workers.free,
        maxBatchSize: settings.maxBatchSize,
        strategy: settings.strategy,
        latency: this.#latency,
        arrivalMs: this.#arrivals.meanMs,
      });
      for (const call of shed) this.#refuse(call, this.#tooLate());
      if (send.length === 0) return askAt;
      this.#send(send, reason);
    }
  }

  #send(calls: readonly Call[], reason: CloseReason): void {
    for (const call of calls) this.#queue.leave(call);
    this.#batches[reason] += 1;
    this.#inFlight += 1;
    void this.#run(calls, reason).finally(() => {
      this.#inFlight -= 1;
      this.wake();
    });
  }

  async #run(calls: readonly Call[], reason: CloseReason): Promise<void> {
    const { clock, workers, method, settings, idempotent } = this.#context;
    const sentAt = clock.now();
    const rows = calls.reduce((sum, call) => sum + call.rows, 0);
    const outcomes = await isolate(
      calls,
      async (some) => {
        const input = joinRows(
          some.map(({ job }) => job.input),
          settings.axisIn,
        );
        const output = await workers.run(method, input);
        return cutRows(
          output,
          some.map((call) => call.rows),
          settings.axisOut,
        );
      },
      idempotent,
    );
    const runMs = clock.now() - sentAt;
    // A batch that failed says nothing of how long one takes that does not.
    const well = outcomes.every(({ runs, status }) => runs === 1 && status === "fulfilled");
    if (well) this.#latency.add(rows, runMs);
    const waitMs = sentAt - (calls[0]?.enqueuedAt ?? sentAt);
    this.#context.onBatch?.({ rows, requests: calls.length, waitMs, runMs, reason });
    for (const [at, call] of calls.entries()) {
      this.#record(call, { rows, requests: calls.length, runMs, reason, sentAt });
      settle(call, outcomes[at]);
    }
  }

  #record(
    { signal, enqueuedAt }: Call,
    batch: Omit<BatchRecord, "waitMs"> & { readonly sentAt: number },
  ): void {
    const { record } = callScope(signal);
    if (record === undefined) return;
    const { runner, method } = this.#context;
    const { rows, requests, runMs, reason, sentAt } = batch;
    const waitMs = sentAt - enqueuedAt;
    const call: CallRecord = {
      runner,
      method,
      batchRows: rows,
      batchRequests: requests,
      waitMs,
      runMs,
      reason,
    };
    record(call);
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
