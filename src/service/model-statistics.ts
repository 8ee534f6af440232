/**
 * ModelStatistics: what a version of a model has done, in the terms of Triton's statistics
 * extension.
 * @module
 */

import type { RunRecord } from "../runner/call-options.ts";

/** A number of events, and the nanoseconds that they took together. */
export interface Duration {
  readonly count: number;
  readonly ns: number;
}

/** The ends of calls, and the parts of their time. */
export interface CallDurations {
  /** The calls that were answered, from their arrival at the model to their answers. */
  readonly success: Duration;
  readonly fail: Duration;
  /** Of the calls that were computed: the wait for a worker. */
  readonly queue: Duration;
  /** The time in which the inputs of a batch were joined. */
  readonly computeInput: Duration;
  /** The time in which a worker ran the model. */
  readonly computeInfer: Duration;
  /** The time in which the outputs came back from the worker. */
  readonly computeOutput: Duration;
  readonly cacheHit: Duration;
  readonly cacheMiss: Duration;
}

/** The batches of one size. */
export interface BatchDurations {
  readonly batchSize: number;
  readonly computeInput: Duration;
  readonly computeInfer: Duration;
  readonly computeOutput: Duration;
}

/** The statistics of one version of a model. */
export interface ModelStatistics {
  /** The time of the last call, in milliseconds since 1970; 0 before the first. */
  readonly lastInference: number;
  /** The number of rows that were computed. */
  readonly inferenceCount: number;
  /** The number of batches that were computed. */
  readonly executionCount: number;
  readonly calls: CallDurations;
  readonly batches: readonly BatchDurations[];
}

/** The most sizes of batches that are told apart. */
const MAX_SIZES = 1_000;

/** A number of events, and the milliseconds that they took together. */
class Total {
  #count = 0;
  #ms = 0;

  add(ms: number): void {
    this.#count += 1;
    this.#ms += Math.max(0, ms);
  }

  get value(): Duration {
    return { count: this.#count, ns: Math.round(this.#ms * 1e6) };
  }
}

/** The parts of the time of runs. */
class Compute {
  readonly #input = new Total();
  readonly #infer = new Total();
  readonly #output = new Total();

  /** Adds the sums over some runs. */
  add(joinMs: number, ranMs: number, restMs: number): void {
    this.#input.add(joinMs);
    this.#infer.add(ranMs);
    this.#output.add(restMs);
  }

  get durations() {
    return {
      computeInput: this.#input.value,
      computeInfer: this.#infer.value,
      computeOutput: this.#output.value,
    };
  }
}

/** Counts what a version of a model does. It has its statistics so far. */
export class StatisticsCounter implements ModelStatistics {
  lastInference = 0;
  inferenceCount = 0;
  executionCount = 0;
  readonly #success = new Total();
  readonly #fail = new Total();
  readonly #queue = new Total();
  readonly #compute = new Compute();
  readonly #cacheHit = new Total();
  readonly #cacheMiss = new Total();
  readonly #bySize = new Map<number, Compute>();
  /** The batches that have been counted: a batch is reported by each of its calls. */
  readonly #counted = new WeakSet<object>();

  get calls(): CallDurations {
    return {
      success: this.#success.value,
      fail: this.#fail.value,
      queue: this.#queue.value,
      ...this.#compute.durations,
      cacheHit: this.#cacheHit.value,
      cacheMiss: this.#cacheMiss.value,
    };
  }

  get batches(): readonly BatchDurations[] {
    const sizes = [...this.#bySize].sort(([one], [other]) => one - other);
    return sizes.map(([batchSize, compute]) => ({ batchSize, ...compute.durations }));
  }

  /** Counts a call that was answered, with the runs that it was in. */
  succeeded(ms: number, runs: readonly RunRecord[]): void {
    this.lastInference = Date.now();
    this.#success.add(ms);
    if (runs.length === 0) return;
    let [queueMs, joinMs, ranMs, restMs] = [Number.POSITIVE_INFINITY, 0, 0, 0];
    for (const run of runs) {
      const { runMs, ranMs: ownMs = runMs } = run;
      queueMs = Math.min(queueMs, run.waitMs - run.joinMs);
      joinMs += run.joinMs;
      ranMs += ownMs;
      restMs += runMs - ownMs;
      this.#addBatch(run);
    }
    this.#queue.add(queueMs);
    this.#compute.add(joinMs, ranMs, restMs);
  }

  /** Counts a call that failed. */
  failed(ms: number): void {
    this.lastInference = Date.now();
    this.#fail.add(ms);
  }

  /** Counts a call that a cache answered, and the time to find its answer. */
  cacheHit(ms: number): void {
    this.#cacheHit.add(ms);
  }

  /** Counts a call that no cache could answer, and the time to look for it and to keep it. */
  cacheMiss(ms: number): void {
    this.#cacheMiss.add(ms);
  }

  #addBatch({ batch, rows, joinMs, runMs, ranMs = runMs }: RunRecord): void {
    if (this.#counted.has(batch)) return;
    this.#counted.add(batch);
    this.executionCount += 1;
    this.inferenceCount += rows;
    let compute = this.#bySize.get(rows);
    if (compute === undefined) {
      if (this.#bySize.size >= MAX_SIZES) return;
      compute = new Compute();
      this.#bySize.set(rows, compute);
    }
    compute.add(joinMs, ranMs, runMs - ranMs);
  }
}
