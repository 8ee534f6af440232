/**
 * RunnerControl: starting, watching and closing a runner.
 * @module
 */

import type { ExecutorName } from "../executor/executor.ts";
import type { Host } from "../host/host.ts";
import type { MethodKinds, SpecsByName } from "../worker/protocol.ts";
import type { BatcherStats } from "./batching/batch-record.ts";
import type { PoolStats } from "./pool/pool-options.ts";
import type { StartDefaults } from "./runner-options.ts";

/** The state of a runner at one moment. */
export interface RunnerStats extends PoolStats {
  /** The executor of its workers; `undefined` until it has started. */
  readonly isolation: ExecutorName | undefined;
  /** The queue of each batched method. */
  readonly batchers: Readonly<Record<string, BatcherStats>>;
}

/** The part of a runner that is not a method of its runnable. */
export interface RunnerControl {
  readonly name: string;
  /** True when at least one worker has loaded and the runner has not failed. */
  readonly ready: boolean;
  /** The reason why it is not ready, in a few words; `undefined` when it is. */
  readonly whyNotReady: string | undefined;
  /** Each method and whether it is batched; empty until the runner has started. */
  readonly methods: MethodKinds;
  /** The tensors of the methods for which they are known; empty until the runner has started. */
  readonly specs: SpecsByName;
  /** The inference backends its sessions run on; empty until the runner has started. */
  readonly backends: readonly string[];
  /**
   * The digest of its model, `sha256:` and 64 hex digits: see `model-digest.ts`. Undefined until it
   * has started, without a model, and where the runtime has no SHA-256.
   */
  readonly digest: string | undefined;
  /** Adds a function to call whenever `ready` may have changed. */
  onReadyChange(listener: () => void): void;
  /**
   * Starts the workers and waits until all have loaded. `serve()` and `app()` do this.
   *
   * @param host where they run. Default: this runtime
   * @throws Error when this runtime lacks its executor, or when the runnable cannot be loaded
   */
  start(host?: Host, defaults?: StartDefaults): Promise<void>;
  /** Returns its state. */
  stats(): RunnerStats;
  /**
   * Stops the workers. Calls that have not been answered fail with `unavailable`.
   *
   * @param graceMs the longest wait for threads inside native code, which cannot be stopped: 2,000
   */
  close(graceMs?: number): Promise<void>;
}
