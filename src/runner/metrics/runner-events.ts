/**
 * RunnerEvents: what happens in a runner, for whoever measures it.
 * @module
 */

import type { UncaughtKind } from "../../metrics/uncaught-errors.ts";
import type { MetricsDelta, Refusal } from "../../metrics/worker/delta.ts";
import type { BatchRecord } from "../batching/batch-record.ts";

/** Why a call was refused before it ran. */
export type ShedReason = "deadline" | "queue_full";

/** Where a call was when its caller took it back. */
export type CancelStage = "queue" | "running";

/** Why a worker was lost: its thread ended, a call hung in it, or it did not load. */
export type LossReason = "exit" | "hang" | "load";

/**
 * The place of a worker in its events. While one is in quarantine, two workers have the same index,
 * but each has an object of its own.
 */
export interface WorkerPlace {
  /** From 1 up to the number of workers. */
  readonly index: number;
}

/** Listeners for what happens in a runner. None may throw. */
export interface RunnerEvents {
  /** A call begins. The function it returns is called at its end, with the HTTP status of that. */
  called(method: string): (status: number) => void;
  /** A call of a batch has waited so long for a worker. */
  waited(method: string, ms: number): void;
  /** A batch has been answered or has failed. */
  batchDone(method: string, record: BatchRecord): void;
  /** A batch failed: its calls are run in parts, to find those that fail alone. */
  isolated(method: string): void;
  shed(method: string, reason: ShedReason): void;
  canceled(method: string, stage: CancelStage): void;
  /** A call or batch whose worker was lost runs once more, a batch in parts. */
  retried(method: string): void;
  workerLoaded(ms: number): void;
  workerLost(worker: WorkerPlace, reason: LossReason): void;
  workerRestarted(): void;
  /** Called for an error that a worker's code left unhandled. */
  uncaught(kind: UncaughtKind): void;
  /**
   * A worker's own metrics have changed.
   *
   * @returns those that are not counted, since the main thread has other definitions
   */
  metricsChanged(worker: WorkerPlace, delta: MetricsDelta): readonly Refusal[];
}
