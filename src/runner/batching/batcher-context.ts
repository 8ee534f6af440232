/**
 * BatcherContext: the parts that a batcher works with: its method, its settings and the workers.
 * @module
 */

import type { Clock } from "../../clock.ts";
import type { ServiceError } from "../../error.ts";
import type { MakePayload } from "../../worker/payload.ts";
import type { RunnerEvents } from "../metrics/runner-events.ts";
import type { WorkOptions, WorkSource } from "../pool/work-source.ts";
import type { BatchSettings } from "./batch-options.ts";

/** The workers that run the batches. */
export interface BatchRunner {
  /** The number of batches that could start at once. */
  readonly free: number;
  /** The number of busy workers that may be sent a batch ahead. */
  readonly ahead: number;
  /** The number of workers, including those that are being replaced. */
  readonly size: number;
  /** The reason why they run nothing any more, if so. */
  readonly refusal?: ServiceError | undefined;
  /** Returns the expected milliseconds until each worker is free, in ascending order. */
  freeInMs(now: number): ArrayLike<number>;
  /** Returns the milliseconds of workers that other queues use before one has used its own. */
  othersMs(source: WorkSource, ms: () => number): number;
  /** Gives work to free workers: that of the queue whose turn it is. */
  dispatch(): void;
  /** Runs a batch: at once, ahead on a busy worker, or on the first worker that is free. */
  runNow(method: string, input: MakePayload, options: WorkOptions): Promise<unknown>;
}

/** The parts of a batcher. */
export interface BatcherContext {
  readonly runner: string;
  readonly method: string;
  readonly settings: BatchSettings;
  /** False for a method that takes its argument as it is: a call is one row, and never joined. */
  readonly isBatched?: boolean;
  /** True if a call may be run again in another batch. */
  readonly idempotent: boolean;
  /** True if the rows of a call may be in several batches. Default true. */
  readonly splittable?: boolean;
  readonly workers: BatchRunner;
  readonly clock: Clock;
  readonly events?: Partial<RunnerEvents> | undefined;
}
