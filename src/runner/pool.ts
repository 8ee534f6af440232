/**
 * Pool: the workers of one runner. It gives each call to an idle worker, replaces workers that
 * die or hang, and settles every call it admits exactly once.
 * @module
 */

import { messageOf, type ServiceError } from "../error.ts";
import type { Host } from "../host.ts";
import { log } from "../log.ts";
import { backoffMs } from "./backoff.ts";
import { Job } from "./job.ts";
import type { PoolOptions, PoolStats } from "./pool-options.ts";
import { PoolWorker } from "./pool-worker.ts";
import type { MethodKinds } from "./protocol.ts";
import { RunnerError } from "./runner-error.ts";

/** A place in the pool: its worker changes, its index stays. */
interface Slot {
  readonly index: number;
  worker: PoolWorker | undefined;
  ready: boolean;
  job: Job | undefined;
  /** Ends the wait for the load, the call, or the next start. */
  cancelTimer: () => void;
  /** Workers of this slot that were lost since one last answered. */
  losses: number;
  /** Workers of this slot that were lost since one last loaded. */
  failedStarts: number;
  /** No worker will be started here any more. */
  abandoned: boolean;
}

/** A call whose worker died is run once more, then answered with the error. */
const MAX_LOSSES = 2;
/** Starts in a row that fail to load before a slot is given up. */
const MAX_FAILED_STARTS = 5;
const WORKER_ENTRY = new URL("./worker.ts", import.meta.url);

/** The workers of one runner and the calls that wait for them. */
export class Pool {
  /** What the runnable offers; empty until the first worker has loaded it. */
  methods: MethodKinds = {};
  /** The inference backends its sessions run on. */
  backends: readonly string[] = [];

  readonly #host: Host;
  readonly #options: PoolOptions;
  readonly #slots: Slot[];
  /** First in, first out. A Set, so that a caller that leaves costs no search. */
  readonly #queue = new Set<Job>();
  /** Calls whose worker died; they go before the queue, where they once stood. */
  readonly #again: Job[] = [];
  readonly #started = Promise.withResolvers<void>();
  #restarts = 0;
  #failed: ServiceError | undefined;
  #closing = false;

  constructor(host: Host, options: PoolOptions) {
    this.#host = host;
    this.#options = options;
    this.#started.promise.catch(() => {}); // start() tells whoever waits for it
    this.#slots = Array.from({ length: options.workers }, (_, at) => ({
      index: at + 1,
      worker: undefined,
      ready: false,
      job: undefined,
      cancelTimer: () => {},
      losses: 0,
      failedStarts: 0,
      abandoned: false,
    }));
  }

  /** True while calls can be expected to be answered. */
  get ready(): boolean {
    return this.#failed === undefined && !this.#closing && this.#slots.some((slot) => slot.ready);
  }

  /** Calls that would start at once. */
  get free(): number {
    const idle = this.#slots.filter(({ ready, job }) => ready && job === undefined).length;
    return Math.max(0, idle - this.#queue.size - this.#again.length);
  }

  /** Workers, those included that are being replaced. */
  get size(): number {
    return this.#slots.length;
  }

  stats(): PoolStats {
    return {
      ready: this.#slots.filter((slot) => slot.ready).length,
      running: this.#slots.filter((slot) => slot.job !== undefined).length,
      queued: this.#queue.size + this.#again.length,
      restarts: this.#restarts,
    };
  }

  /**
   * Starts every worker and waits until all have loaded.
   *
   * @throws the error of the first that could not
   */
  async start(): Promise<void> {
    for (const slot of this.#slots) this.#spawn(slot);
    await this.#started.promise;
  }

  /**
   * Runs one call on the next idle worker.
   *
   * @param signal takes the call back: out of the queue, or its answer if it already runs
   * @throws ServiceError `unavailable` when the pool is full, failed or closing, or when the call
   *   took two workers with it; `deadline_exceeded` when it ran for longer than `callTimeoutMs`
   */
  run(method: string, input: unknown, signal?: AbortSignal): Promise<unknown> {
    const refusal = this.#refusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    if (signal?.aborted) return Promise.reject(signal.reason);
    const job = new Job(method, input, signal, (taken) => this.#queue.delete(taken));
    this.#queue.add(job);
    this.#dispatch();
    return job.promise;
  }

  /** Answers what still waits with `unavailable`, and closes every worker. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#refuseAll();
    this.#started.reject(this.#refusal());
    for (const slot of this.#slots) slot.cancelTimer();
    // A busy worker does not hear that it should close; what it runs is answered as refused.
    for (const { job, worker } of this.#slots) if (job !== undefined) worker?.stop("it was closed");
    await Promise.all(this.#slots.map(({ worker }) => worker?.close()));
  }

  #refusal(): ServiceError | undefined {
    const { name, maxQueue } = this.#options;
    if (this.#failed !== undefined) return this.#failed;
    if (this.#closing) return new RunnerError("unavailable", `Runner "${name}" is shutting down`);
    if (this.#queue.size < maxQueue) return undefined;
    return new RunnerError(
      "unavailable",
      `Runner "${name}" is overloaded: ${maxQueue} calls are waiting already`,
      { retryAfterSeconds: 1 },
    );
  }

  /** Answers every call that waits with the reason why none is taken any more. */
  #refuseAll(): void {
    for (const job of [...this.#again.splice(0), ...this.#queue]) job.reject(this.#refusal());
    this.#queue.clear();
  }

  #spawn(slot: Slot): void {
    const { load, loadTimeoutMs } = this.#options;
    const worker = new PoolWorker(
      this.#host,
      WORKER_ENTRY,
      { kind: "load", workerIndex: slot.index, ...load },
      {
        ready: (about) => this.#loaded(slot, about),
        answered: (result) => this.#answered(slot, result),
        gone: (error) => this.#lost(slot, error),
      },
    );
    slot.worker = worker;
    slot.cancelTimer = this.#host.clock.after(loadTimeoutMs, () =>
      worker.stop(`it did not load within ${loadTimeoutMs} ms`),
    );
  }

  #loaded(slot: Slot, about: { methods: MethodKinds; backends: readonly string[] }): void {
    slot.cancelTimer();
    slot.ready = true;
    slot.failedStarts = 0;
    this.methods = about.methods;
    this.backends = about.backends;
    if (this.#slots.every(({ ready }) => ready)) this.#started.resolve();
    this.#dispatch();
  }

  #dispatch(): void {
    for (const slot of this.#slots) {
      if (!slot.ready || slot.job !== undefined) continue;
      const job = this.#next();
      if (job === undefined) break;
      this.#give(slot, job);
    }
    this.#options.onFree?.();
  }

  #next(): Job | undefined {
    for (let job = this.#again.shift(); job !== undefined; job = this.#again.shift()) {
      if (job.waiting) return job;
    }
    const [job] = this.#queue;
    if (job !== undefined) this.#queue.delete(job);
    return job;
  }

  #give(slot: Slot, job: Job): void {
    const { callTimeoutMs, name } = this.#options;
    slot.job = job;
    slot.cancelTimer = this.#host.clock.after(callTimeoutMs, () => {
      const words = `did not answer "${job.method}" within ${callTimeoutMs} ms`;
      const text = `Worker ${slot.index} of runner "${name}" ${words}`;
      job.reject(new RunnerError("deadline_exceeded", text));
      slot.worker?.stop(`it ${words}`);
    });
    try {
      slot.worker?.run(job.method, job.input);
    } catch (error) {
      const text = `The input of "${job.method}" cannot be sent to a worker: ${messageOf(error)}`;
      this.#free(slot);
      job.reject(new TypeError(text, { cause: error }));
      this.#dispatch();
    }
  }

  #free(slot: Slot): Job | undefined {
    const { job } = slot;
    slot.cancelTimer();
    slot.job = undefined;
    return job;
  }

  #answered(slot: Slot, result: PromiseSettledResult<unknown>): void {
    const job = this.#free(slot);
    slot.losses = 0;
    if (result.status === "fulfilled") job?.resolve(result.value);
    else job?.reject(result.reason);
    this.#dispatch();
  }

  #lost(slot: Slot, error: Error): void {
    const job = this.#free(slot);
    const wasReady = slot.ready;
    slot.ready = false;
    slot.worker = undefined;
    if (this.#closing) return job?.reject(this.#refusal());
    slot.losses += 1;
    if (!wasReady) slot.failedStarts += 1;
    // Whoever starts the pool is told by start() itself.
    if (Object.keys(this.methods).length > 0) {
      log.warn("Worker {index} of runner {name} is lost: {reason}", {
        index: slot.index,
        name: this.#options.name,
        reason: error.message,
      });
    }
    if (job?.waiting) this.#retry(job, error);
    if (this.#isHopeless(slot)) this.#abandon(slot, error);
    else this.#replaceLater(slot);
    this.#dispatch();
  }

  /** Runs the call again, unless it has taken two workers with it: then it may be the cause. */
  #retry(job: Job, error: Error): void {
    job.losses += 1;
    const again = !this.#options.notIdempotent.includes(job.method);
    if (again && job.losses < MAX_LOSSES) return void this.#again.push(job);
    const lost =
      job.losses === 1 ? "a worker while it ran" : `${job.losses} workers while they ran`;
    // The reason may be the words of what the user's code threw: for the log, not for callers.
    const text = `Runner "${this.#options.name}" lost ${lost} "${job.method}"`;
    job.reject(new RunnerError("unavailable", text, { cause: error }));
  }

  /** A runnable that never loaded will not; one that did may be short of memory for a while. */
  #isHopeless(slot: Slot): boolean {
    const everLoaded = Object.keys(this.methods).length > 0;
    return everLoaded ? slot.failedStarts >= MAX_FAILED_STARTS : slot.failedStarts > 0;
  }

  #abandon(slot: Slot, cause: Error): void {
    slot.abandoned = true;
    // A start is one for all: with a place that cannot be filled, it has failed.
    this.#started.reject(cause);
    const everLoaded = Object.keys(this.methods).length > 0;
    if (everLoaded && !this.#slots.every(({ abandoned }) => abandoned)) return;
    const text = `Runner "${this.#options.name}" failed: none of its workers loads any more`;
    if (everLoaded) log.error("{text}: {cause}", { text, cause });
    this.#failed = new RunnerError("unavailable", text, { cause });
    this.#refuseAll();
    this.#options.onFailed?.(this.#failed);
  }

  #replaceLater(slot: Slot): void {
    slot.cancelTimer = this.#host.clock.after(backoffMs(slot.losses), () => {
      this.#restarts += 1;
      this.#spawn(slot);
    });
  }
}
