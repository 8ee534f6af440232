/**
 * Executor: the interface to what runs the workers of a runner. The pool, the batcher and the
 * metrics above it are the same for every executor.
 * @module
 */

import type { Gate } from "../worker/native-gate.ts";
import type { FromWorker, LoadMessage, ToWorker } from "../worker/protocol.ts";
import type { Runnable } from "../worker/runnable.ts";

/** The names of all executors, which are the values of a runner's option `isolation`. */
export const EXECUTORS = ["threads", "process", "web", "inline"] as const;

/**
 * The name of an executor, and the isolation of its workers:
 * - `threads`: threads of `node:worker_threads`;
 * - `process`: child processes, which can be killed at any moment and have a memory of their own;
 * - `web`: Web Workers, the threads of browsers;
 * - `inline`: no threads: the runnable shares the thread of its callers.
 */
export type ExecutorName = (typeof EXECUTORS)[number];

/** The runnable that a worker is to load. */
export interface WorkerStart {
  /** The message that loads it, for workers that import its module. */
  readonly load: LoadMessage;
  /** Its definition in this thread, for workers that share it. */
  readonly runnable: Runnable;
  /** The most memory of the worker, in MiB, where the executor has such a limit. */
  readonly maxMemoryMb?: number | undefined;
}

/** The cause of the end of a worker, where it is known. */
export type ExitCause = "memory" | "killed";

/** The events of a worker. None comes during the call that causes it. */
export interface WorkerEvents {
  message(message: FromWorker): void;
  /**
   * The worker has ended, or is of no more use; called once. `reason` ends a sentence.
   *
   * @param cause `memory` for a worker that used more memory than it may, `killed` for one that was
   *   killed from outside, which says nothing about its code
   */
  exit(reason: string, cause?: ExitCause): void;
}

/** A worker as seen from the main thread. It is loading when it is started. */
export interface Worker {
  /** The state of the worker's native code, in which it must not be stopped. */
  readonly gate: Gate;
  /**
   * Sends a message; the buffers in `transfer` move instead of being copied, where they can.
   *
   * @throws DataCloneError for a value that cannot be sent
   */
  post(message: ToWorker, transfer?: readonly Transferable[]): void;
  /** Stops the worker, even a busy one if `stopsBusyWorkers`. No event follows. */
  terminate(): void;
}

/** A way to run workers. */
export interface Executor {
  readonly name: ExecutorName;
  /** True if its workers import the module of a runnable by its URL. */
  readonly importsModules: boolean;
  /** True if `terminate()` stops a busy worker. */
  readonly stopsBusyWorkers: boolean;
  /** True if its workers can have a limit of memory. */
  readonly limitsMemory?: boolean;
  /** Returns the number of workers with `workers: "auto"`, each of which uses so many threads. */
  autoWorkers(cores: number, threads: number): number;
  /** Starts a worker, and has it load a runnable. */
  start(start: WorkerStart, events: WorkerEvents): Worker;
}

/** Returns the number of workers that use the cores beside the main thread, at least 1. */
export function workersBesideMain(cores: number, threads: number): number {
  return Math.max(1, Math.round((cores - 1) / threads));
}
