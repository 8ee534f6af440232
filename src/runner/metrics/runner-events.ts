/**
 * RunnerEvents: the events of a runner, which its metrics count.
 * @module
 */

import type { UncaughtKind } from "../../metrics/uncaught-errors.ts";
import type { MetricsDelta, Refusal } from "../../metrics/worker/delta.ts";
import type { RunnableInfo } from "../../worker/protocol.ts";
import type { BatchRecord } from "../batching/batch-record.ts";
import type { CallOptions, Lane } from "../call-options.ts";
import type { Weighing } from "../rows/weights.ts";

/** The reason for refusing a call before it runs. */
export type ShedReason = "deadline" | "queue_full";

/** The place of a call when its caller cancels it. */
export type CancelStage = "queue" | "running";

/**
 * The reason for losing a worker: it ended, a call hung in it, it did not load, or it used more
 * memory than it may.
 */
export type LossReason = "exit" | "hang" | "load" | "memory";

/**
 * The place of a worker in a runner. While one is quarantined, two workers have the same index, but
 * different places.
 */
export interface WorkerPlace {
  /** From 1 up to the number of workers. */
  readonly index: number;
}

/** What a worker has loaded. */
export type LoadedInfo = Pick<RunnableInfo, "backends" | "digest">;

/** The listeners. None may throw. */
export interface RunnerEvents {
  /**
   * Called when a call begins. Returns a function to call at its end, with its HTTP status.
   *
   * @param weighing the rows of a batched method; `undefined` for any other
   */
  called(
    method: string,
    input: unknown,
    options: CallOptions,
    weighing: Weighing | undefined,
  ): (status: number) => void;
  /** Called when a worker starts a call, with the time that the call has waited. */
  waited(method: string, ms: number, lane: Lane): void;
  /** Called when a batch has been answered or has failed. */
  batchDone(method: string, record: BatchRecord): void;
  /** Called when a batch is run again in parts, to find the calls that fail alone. */
  isolated(method: string): void;
  shed(method: string, reason: ShedReason): void;
  /** Called for rows that were computed although their callers had left meanwhile. */
  unanswered(method: string, rows: number): void;
  canceled(method: string, stage: CancelStage): void;
  /** Called when a call or batch whose worker was lost is run again. */
  retried(method: string): void;
  workerLoaded(ms: number, worker: WorkerPlace, info: LoadedInfo): void;
  workerLost(worker: WorkerPlace, reason: LossReason): void;
  /** Called when a worker has ended since its runner was closed. */
  workerClosed(worker: WorkerPlace): void;
  workerRestarted(): void;
  /** Called when the runner was closed. */
  closed(): void;
  /** Called for an error that a worker's code left unhandled. */
  uncaught(kind: UncaughtKind): void;
  /**
   * Called when metrics that a worker defines have changed.
   *
   * @returns those that cannot be counted, since the runner has other definitions
   */
  metricsChanged(worker: WorkerPlace, delta: MetricsDelta): readonly Refusal[];
}
