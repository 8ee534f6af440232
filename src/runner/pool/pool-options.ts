/**
 * What a pool is made of, and what it says of itself.
 * @module
 */

import type { ServiceError } from "../../error.ts";
import type { Host } from "../../host.ts";
import type { RunnerEvents } from "../metrics/runner-events.ts";
import type { ToWorker } from "../worker/protocol.ts";

/** What a pool is made of. */
export interface PoolOptions {
  /** The runner's name, for messages. */
  readonly name: string;
  /** The message that makes a worker load, without the parts that differ between workers. */
  readonly load: Omit<Extract<ToWorker, { kind: "load" }>, "kind" | "workerIndex" | "gate">;
  readonly workers: number;
  /** Methods whose calls are not run again when their worker died. */
  readonly notIdempotent: readonly string[];
  /** How long one call may run before its worker counts as hung, in milliseconds. */
  readonly callTimeoutMs: number;
  /** How long a worker may take to load, in milliseconds. */
  readonly loadTimeoutMs: number;
  /** The most calls of methods that are not batched that may wait for a worker. */
  readonly maxQueueRows: number;
  /**
   * The number of threads that could not be stopped at which the pool is no longer ready. With
   * more, no worker is started in place of a lost one.
   */
  readonly maxLostThreads: number;
  readonly events?: Partial<RunnerEvents> | undefined;
  /** Called when `ready` may have changed. */
  readonly onReadyChange?: () => void;
  /** Called when the pool has given up: no call will be run any more. */
  readonly onFailed?: (error: ServiceError) => void;
}

/** What each part of a pool is made with. */
export interface PoolContext {
  readonly host: Host;
  readonly options: PoolOptions;
  /** The module that a worker thread runs. */
  readonly entry: URL;
}

/** The state of a pool at one moment. */
export interface PoolStats {
  /** Workers that have loaded and can take calls. */
  readonly ready: number;
  /** Calls that are running. */
  readonly running: number;
  /** Calls that wait for a worker. */
  readonly queued: number;
  /** Workers started in place of one that died or hung, since the start. */
  readonly restarts: number;
  /** Threads of lost workers that are busy and cannot be stopped: in native code, or on Deno. */
  readonly lostThreads: number;
}
