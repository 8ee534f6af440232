/**
 * The options and the state of a pool.
 * @module
 */

import type { Clock } from "../../clock.ts";
import type { ServiceError } from "../../error.ts";
import type { Executor } from "../../executor/executor.ts";
import type { LoadMessage } from "../../worker/protocol.ts";
import type { Runnable } from "../../worker/runnable.ts";
import type { RunnerEvents } from "../metrics/runner-events.ts";
import type { WorkerReports } from "./worker-reports.ts";

/** The options of a pool. */
export interface PoolOptions {
  /** The runner's name, for messages. */
  readonly name: string;
  readonly executor: Executor;
  readonly runnable: Runnable;
  /** The message that loads the runnable, without the parts that differ between workers. */
  readonly load: Omit<LoadMessage, "kind" | "workerIndex" | "gate">;
  readonly workers: number;
  /** The most memory of a worker, in MiB, if it has a limit. */
  readonly maxMemoryMb?: number | undefined;
  /** The methods whose calls are not run again when their worker is lost. */
  readonly notIdempotent: readonly string[];
  /** The longest run of a call before its worker counts as hung, in milliseconds. */
  readonly callTimeoutMs: number;
  /** The longest time that a worker may take to load, in milliseconds. */
  readonly loadTimeoutMs: number;
  /**
   * The number of threads that could not be stopped at which the pool is no longer ready. With
   * more, no worker is started in place of a lost one.
   */
  readonly maxLostThreads: number;
  readonly events?: Partial<RunnerEvents> | undefined;
  /** Called when `ready` may have changed. */
  readonly onReadyChange?: () => void;
  /** Called when the pool has failed: it runs no more calls. */
  readonly onFailed?: (error: ServiceError) => void;
}

/** The options that all parts of a pool share. */
export interface PoolContext {
  readonly clock: Clock;
  readonly options: PoolOptions;
  readonly reports: WorkerReports;
}

/** The state of a pool at one moment. */
export interface PoolStats {
  /** The number of workers that have loaded. */
  readonly ready: number;
  /** The number of running calls. */
  readonly running: number;
  /** The number of calls that wait for a worker. */
  readonly queued: number;
  /** The number of workers that have been started in place of lost ones. */
  readonly restarts: number;
  /** The number of busy threads that cannot be stopped: in native code, or on Deno. */
  readonly lostThreads: number;
}
