/**
 * PoolWorker: one worker of a pool as seen from its runner, from its start to its end.
 * @module
 */

import type { Clock } from "../../clock.ts";
import { messageOf } from "../../error.ts";
import type { Executor, ExitCause, Worker, WorkerStart } from "../../executor/executor.ts";
import type { UncaughtKind } from "../../metrics/uncaught-errors.ts";
import type { MetricsDelta, Refusal } from "../../metrics/worker/delta.ts";
import { compiledModule } from "../../worker/compiled-modules.ts";
import { fileDigest } from "../../worker/file-digests.ts";
import type { Payload } from "../../worker/payload.ts";
import type { FromWorker, RunnableInfo, StampedFile, ToWorker } from "../../worker/protocol.ts";
import { received, withRowErrors } from "../../worker/sent-error.ts";
import { EndedError, KilledError, OutOfMemoryError } from "../runner-error.ts";

/** The longest time that a worker may take to close its sessions before it is stopped. */
const CLOSE_LIMIT_MS = 2_000;
/** The longest time until an abandoned worker answers a ping before its thread counts as lost. */
const PONG_LIMIT_MS = 1_000;

/** The errors of workers that have ended for a known cause. */
const CAUSES = { memory: OutOfMemoryError, killed: KilledError } as const;

/** The events of a worker. */
export interface PoolWorkerEvents {
  /** Called when the runnable is loaded: it can be given calls. */
  ready(info: RunnableInfo): void;
  /**
   * Called when its metrics have changed.
   *
   * @returns those that cannot be counted, since the runner has other definitions
   */
  metricsChanged(delta: MetricsDelta): readonly Refusal[];
  /** Called with a warning, which its other workers may give too. */
  warned(text: string): void;
  /** Called for an error that its code left unhandled. */
  uncaught(kind: UncaughtKind, error: Error): void;
  /**
   * Called with the result of the oldest call that it has not answered yet, and the milliseconds
   * that the worker has measured, if it has.
   */
  answered(result: PromiseSettledResult<unknown>, ranMs?: number): void;
  /** Called once when the worker will no longer answer; after `threadLost` if both apply. */
  lost(error: Error): void;
  /** Called when an abandoned worker is in a thread that is busy and cannot be stopped. */
  threadLost(): void;
  /** Called when a lost thread has been stopped after all. */
  threadFreed(): void;
  /** Called last, when the worker has ended or is being terminated. */
  ended(): void;
}

/** One worker, which runs one call after the other. */
export class PoolWorker {
  readonly #executor: Executor;
  readonly #clock: Clock;
  readonly #events: PoolWorkerEvents;
  readonly #worker: Worker;
  /** Called when the runnable has closed its resources, or will not any more. */
  #onClosed: () => void = () => {};
  /** Called when the worker has ended. In workerd, a promise made earlier may never be settled. */
  readonly #onEnded = new Set<() => void>();
  /** The ids of calls that have been sent and not answered. */
  readonly #sent: number[] = [];
  #hasEnded = false;
  #isLost = false;
  #isOver = false;
  /** Resolves to true if the runnable closed in time; `undefined` until it is to close. */
  #closedInTime: Promise<boolean> | undefined;
  #callId = 0;
  #onPong: () => void = () => {};
  #cancelPong: () => void = () => {};

  constructor(executor: Executor, clock: Clock, start: WorkerStart, events: PoolWorkerEvents) {
    this.#executor = executor;
    this.#clock = clock;
    this.#events = events;
    this.#worker = executor.start(start, {
      message: (message) => this.#receive(message),
      exit: (reason, cause) => this.#exited(reason, cause),
    });
  }

  /**
   * Gives the worker a call; `answered` or `lost` follows.
   *
   * @throws DataCloneError for a value that cannot be sent to a worker
   */
  run(method: string, { value, transfer }: Payload): void {
    this.#callId += 1;
    this.#post({ kind: "run", id: this.#callId, method, input: value }, transfer);
    this.#sent.push(this.#callId);
  }

  /** Stops the worker now, or as soon as it has left native code. */
  stop(error: Error): void {
    if (this.#hasEnded) return;
    this.#end(error);
    if (this.#worker.gate.close()) this.#terminate();
  }

  /** As `stop()`, for a worker that may be busy: finds out whether it can be stopped. */
  abandon(error: Error): void {
    if (this.#hasEnded) return;
    if (!this.#worker.gate.close()) {
      this.#lose();
      return this.#end(error);
    }
    this.#end(error);
    if (this.#executor.stopsBusyWorkers) return this.#terminate();
    this.#terminateWhenIdle();
    this.#cancelPong = this.#clock.after(PONG_LIMIT_MS, () => this.#lose());
  }

  /**
   * Lets the runnable close its resources, for a bounded time, then stops the worker.
   *
   * @param graceMs the longest wait for a worker that is inside native code
   */
  async close(graceMs: number): Promise<void> {
    const late = Promise.withResolvers<void>();
    const cancel = this.#clock.after(graceMs, late.resolve);
    if (!this.#hasEnded) {
      await this.#closeRunnable();
      this.stop(new Error("it was closed"));
    } else if (this.#closedInTime === undefined && this.#worker.gate.close()) {
      // It no longer matters whether an abandoned worker is busy.
      this.#terminate();
    }
    if (!this.#isOver) {
      this.#onEnded.add(late.resolve);
      await late.promise;
    }
    cancel();
  }

  /** Lets the runnable close its resources. Returns true if it did so in time. */
  #closeRunnable(): Promise<boolean> {
    this.#closedInTime ??= this.#askToClose();
    return this.#closedInTime;
  }

  async #askToClose(): Promise<boolean> {
    if (this.#isOver) return true;
    const closed = Promise.withResolvers<void>();
    this.#onClosed = closed.resolve;
    let inTime = true;
    const cancel = this.#clock.after(CLOSE_LIMIT_MS, () => {
      inTime = false;
      closed.resolve();
    });
    this.#worker.post({ kind: "close" } satisfies ToWorker);
    await closed.promise;
    cancel();
    return inTime;
  }

  /** Handles a worker that has left native code, or waits at its gate to be stopped. */
  async #leftNativeCode(): Promise<void> {
    if (this.#worker.gate.isParked) return this.#free();
    const inTime = await this.#closeRunnable();
    // It may be inside again, to free its resources.
    if (this.#isOver || !this.#worker.gate.close()) return;
    const isStoppable = inTime || this.#executor.stopsBusyWorkers;
    if (!isStoppable) return this.#terminateWhenIdle();
    this.#free();
  }

  /** Terminates a worker that may be busy, as soon as it answers. */
  #terminateWhenIdle(): void {
    this.#onPong = () => this.#free();
    this.#worker.post({ kind: "ping" } satisfies ToWorker);
  }

  /** Terminates a worker that is no longer busy. */
  #free(): void {
    if (this.#isOver) return;
    if (this.#isLost) this.#events.threadFreed();
    this.#terminate();
  }

  #lose(): void {
    this.#isLost = true;
    this.#events.threadLost();
  }

  #terminate(): void {
    if (this.#isOver) return;
    this.#worker.terminate();
    this.#finish();
  }

  #exited(reason: string, cause?: ExitCause): void {
    const text = `it ended: ${reason}`;
    const ErrorClass = cause === undefined ? EndedError : CAUSES[cause];
    this.stop(new ErrorClass(text));
    if (this.#isOver) return;
    if (this.#isLost) this.#events.threadFreed();
    this.#finish();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelPong();
    this.#worker.gate.forget();
    this.#onClosed();
    for (const ended of this.#onEnded) ended();
    this.#events.ended();
  }

  #post(message: ToWorker, transfer: readonly Transferable[] = []): void {
    if (!this.#hasEnded) this.#worker.post(message, transfer);
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case "pong":
        return this.#onPong();
      case "left-native-code":
        return void this.#leftNativeCode();
      case "closed":
        return this.#onClosed();
      case "uncaught":
        return this.#uncaught(message);
    }
    if (this.#hasEnded) return;
    // Before the answer in the same message, so that its caller finds the call counted.
    if ("metrics" in message && message.metrics !== undefined)
      this.#mergeMetrics(message.metrics, message);
    switch (message.kind) {
      case "ready":
        return this.#hasEnded ? undefined : this.#events.ready(message);
      case "load-failed":
        return this.stop(received(message.error));
      case "failed":
        return this.stop(new Error(message.reason));
      case "compile":
        return void this.#compile(message.url);
      case "hash":
        return void this.#hash(message);
      case "result":
        return this.#answered(
          message.id,
          { status: "fulfilled", value: withRowErrors(message) },
          message.ranMs,
        );
      case "error":
        return this.#answered(message.id, { status: "rejected", reason: received(message.error) });
      case "warning":
        return this.#events.warned(message.text);
    }
  }

  #uncaught({ uncaught, error }: Extract<FromWorker, { kind: "uncaught" }>): void {
    const thrown = received(error);
    this.#events.uncaught(uncaught, thrown);
    if (uncaught === "exception") this.#exited(thrown.message);
  }

  #mergeMetrics(delta: MetricsDelta, { kind }: FromWorker): void {
    const refusals = this.#events.metricsChanged(delta);
    const [first] = refusals;
    if (first === undefined) return;
    // A wrong definition at the start must be fixed, not served.
    if (kind === "ready") this.stop(new TypeError(first.reason));
    else this.#post({ kind: "metrics-refused", names: refusals.map(({ name }) => name) });
  }

  #answered(id: number, result: PromiseSettledResult<unknown>, ranMs?: number): void {
    if (id !== this.#sent[0]) return;
    this.#sent.shift();
    this.#events.answered(result, ranMs);
  }

  async #compile(url: string): Promise<void> {
    try {
      this.#post({ kind: "compiled", url, module: await compiledModule(url) });
    } catch (error) {
      this.#post({ kind: "compile-failed", url, reason: messageOf(error) });
    }
  }

  async #hash({ path, stamp }: StampedFile): Promise<void> {
    this.#post({ kind: "hashed", path, stamp, sha256: await fileDigest({ path, stamp }) });
  }

  #end(error: Error): void {
    this.#hasEnded = true;
    this.#events.lost(error);
  }
}
