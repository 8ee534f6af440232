/**
 * What a runner is told: at its definition, at its start, and with each call.
 * @module
 */

import type { BatchOptions } from "./batching/batch-options.ts";
import type { RunnerMetricsOptions } from "./metrics/runner-families.ts";
import type { Methods } from "./runnable.ts";

/** The settings of a runner. */
export interface RunnerSettings {
  /** 1 to 63 of `a-z 0-9 - . _`. Default: the file name of the runnable. */
  readonly name?: string;
  /** Default: the cores left beside the main thread, at least 1, at most 4. */
  readonly workers?: number;
  /** Inference threads in each worker. Default 1; more only for a `multiThreaded` runnable. */
  readonly threads?: number;
  /**
   * How long a call or batch may run, in milliseconds, before its worker is abandoned and the call
   * runs once more. Default 60,000. The worker of a batch that takes ten times as long as expected,
   * and at least a second, continues until then while another worker takes its place.
   */
  readonly callTimeoutMs?: number;
  /** How long a worker may take to load, in milliseconds. Default 120,000. */
  readonly loadTimeoutMs?: number;
  /** How many calls of methods that are not batched may wait; then 503. Default 1,000. */
  readonly maxQueue?: number;
  /**
   * Threads that hung and could not be stopped (Deno), from which on the runner is not ready, for
   * a supervisor to start the process anew. Default: half of the machine's cores.
   */
  readonly maxLostThreads?: number;
  /** How its batched methods are batched. */
  readonly batch?: BatchOptions;
}

/** The settings, with those of single methods, and the parameters that the runnable wants. */
export type RunnerOptions<P, M extends Methods = Methods> = RunnerSettings & {
  /** What is different for one method. */
  readonly methods?: { readonly [K in keyof M]?: { readonly batch: BatchOptions } };
} & (undefined extends P ? { readonly params?: P } : { readonly params: P });

/** What a configuration may say of a runner. */
export interface ConfiguredSettings {
  readonly batch?: BatchOptions | undefined;
  readonly callTimeoutMs?: number | undefined;
}

/** What holds where neither the runner nor its runnable says otherwise. */
export interface StartDefaults {
  /** The inference backend: `auto`, `native`, `wasm` or `webgpu`. */
  readonly backend?: string | undefined;
  /** The settings of a runner, by its name. */
  readonly settingsOf?: ((runner: string) => ConfiguredSettings) | undefined;
  /** Where a runner's metrics go, and what they are called, by its name; nowhere by default. */
  readonly metricsOf?: ((runner: string) => RunnerMetricsOptions | undefined) | undefined;
}
