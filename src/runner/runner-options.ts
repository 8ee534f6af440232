/**
 * The options of a runner: those of its definition, and those of its start.
 * @module
 */

import { checkChoice, checkCount, checkName, checkOptions } from "../check.ts";
import { EXECUTORS, type ExecutorName } from "../executor/executor.ts";
import type { Methods } from "../worker/runnable.ts";
import { BATCH_OPTIONS, type BatchOptions, batchSettings } from "./batching/batch-options.ts";
import type { RunnerMetricsOptions } from "./metrics/runner-families.ts";
import type { RunnerTrace } from "./metrics/runner-trace.ts";
import type { ConfiguredSize } from "./worker-count.ts";

/** The settings of a runner. */
export interface RunnerSettings {
  /** 1 to 63 of `a-z 0-9 - . _`. Default: the file name of the runnable. */
  readonly name?: string;
  /**
   * The number of workers, unless the command or its configuration has another one. Default `auto`:
   * the cores that the machine or the container has beside the main thread, divided by `threads`,
   * and at least 1; 1 with `inline`.
   */
  readonly workers?: number | "auto";
  /**
   * The isolation of the workers: in `threads` of this process, each in a child `process`, in Web
   * Workers (`web`), or `inline`, in the thread of their callers. Default: that of the start, or
   * else `threads` on Bun, Deno and Node, `web` in a page that gives `worker`, `inline` elsewhere.
   */
  readonly isolation?: ExecutorName;
  /**
   * The most memory of a worker, in MiB, with `isolation: "process"`. One that uses more is
   * replaced, even while it is in native code. The runtime itself takes 40 to 80 MiB. Default: no
   * limit.
   */
  readonly maxMemoryMb?: number;
  /**
   * Inference threads in each worker, unless the command or its configuration has another number.
   * Default 1; more only for a `multiThreaded` runnable.
   */
  readonly threads?: number;
  /**
   * The longest run of a call or batch, in milliseconds. After it, the worker is abandoned and the
   * call runs once more. Default 60,000. The worker of a batch that takes ten times as long as
   * expected, and at least a second, continues until then while another takes its place.
   */
  readonly callTimeoutMs?: number;
  /** The longest time that a worker may take to load, in milliseconds. Default 120,000. */
  readonly loadTimeoutMs?: number;
  /**
   * The most rows of a method that may wait in each lane, where `batch` does not say otherwise; a
   * call of a method that is not batched is one row. More are refused with 503. Default 100 full
   * batches, or 1,000 calls.
   */
  readonly maxQueueRows?: number;
  /**
   * The number of hung threads that cannot be stopped (on Deno, or in native code) from which on
   * the runner is not ready, so that a supervisor restarts the process. Default: half of the cores.
   * It never counts a `process`, which is killed, nor an `inline` worker, which has no thread.
   */
  readonly maxLostThreads?: number;
  /**
   * True for a runner that may stay unused, such as one of several that a library offers. Any other
   * one that is defined together with a service must be listed by a service, or started before it:
   * the service does not start otherwise. Default false.
   */
  readonly optional?: boolean;
  /** The batching of its batched methods. */
  readonly batch?: BatchOptions;
  /** The names of its model for callers. Default: the name of the runner. */
  readonly model?: ModelIdentity;
}

/** The names of the model of a runner, and what its answers depend on beside the model's files. */
export interface ModelIdentity {
  /** The name in `Ekiben-Model` and in the metrics. Default: the name of the runner. */
  readonly name?: string;
  /** The version in the metrics. */
  readonly version?: string;
  /**
   * The settings that change its answers, such as a prompt or a threshold: they become part of the
   * digest.
   */
  readonly settings?: unknown;
}

/** The settings, those of single methods, and the parameters of the runnable. */
export type RunnerOptions<P, M extends Methods = Methods> = RunnerSettings & {
  /** The batching of single methods, where it differs. */
  readonly methods?: { readonly [K in keyof M]?: MethodSettings };
} & (undefined extends P ? { readonly params?: P } : { readonly params: P });

/** The settings of one method. */
export interface MethodSettings {
  readonly batch?: BatchOptions;
}

/** The settings of a runner in a configuration file, and in the flags of a command. */
export interface ConfiguredSettings extends ConfiguredSize {
  /** The backend of its models, where the code names none. */
  readonly backend?: string | undefined;
  readonly batch?: BatchOptions | undefined;
  readonly callTimeoutMs?: number | undefined;
  readonly isolation?: ExecutorName | undefined;
  readonly maxMemoryMb?: number | undefined;
}

/** The settings that apply where neither the runner nor its runnable has its own. */
export interface StartDefaults {
  /** The inference backend: `auto`, `native`, `wasm` or `webgpu`. */
  readonly backend?: string | undefined;
  /** The executor. Default: that of the host. */
  readonly isolation?: ExecutorName | undefined;
  /** The settings of a runner, by its name. */
  readonly settingsOf?: ((runner: string) => ConfiguredSettings) | undefined;
  /** The registry and the names of a runner's metrics, by its name; not counted by default. */
  readonly metricsOf?: ((runner: string) => RunnerMetricsOptions | undefined) | undefined;
  /** The listener that records the calls of a runner, by its name; not recorded by default. */
  readonly traceOf?: ((runner: string) => RunnerTrace | undefined) | undefined;
}

const KNOWN: readonly (keyof RunnerOptions<unknown>)[] = [
  ...(["name", "workers", "isolation", "maxMemoryMb", "threads"] as const),
  ...([
    "callTimeoutMs",
    "loadTimeoutMs",
    "maxQueueRows",
    "maxLostThreads",
    "optional",
    "batch",
    "model",
    "methods",
    "params",
  ] as const),
];

const NAMES: readonly (keyof ModelIdentity)[] = ["name", "version", "settings"];

/** Advice for options in the wrong place, by their names. */
const HINTS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(BATCH_OPTIONS.map((option) => [option, 'it belongs in "batch"'])),
  maxQueue: 'did you mean "maxQueueRows"?',
};

/**
 * Checks the options of a runner, but for those that depend on its runnable.
 *
 * @throws TypeError for an unknown option or a wrong name, RangeError for a wrong number
 */
export function checkRunnerOptions(name: string, options: RunnerOptions<unknown>): void {
  checkName("runner", name);
  checkOptions(`Cannot define runner "${name}"`, options, KNOWN, HINTS);
  const { workers = "auto", methods = {} } = options;
  if (workers !== "auto") checkCount("workers", workers);
  checkChoice("isolation", options.isolation, EXECUTORS);
  checkCount("maxMemoryMb", options.maxMemoryMb ?? 1);
  checkCount("threads", options.threads ?? 1);
  checkCount("callTimeoutMs", options.callTimeoutMs ?? 1);
  checkCount("loadTimeoutMs", options.loadTimeoutMs ?? 1);
  checkCount("maxQueueRows", options.maxQueueRows ?? 0, 0);
  checkCount("maxLostThreads", options.maxLostThreads ?? 1);
  const { model } = options;
  if (model !== undefined) checkOptions(`Cannot name the model of runner "${name}"`, model, NAMES);
  const action = `Cannot batch the calls of runner "${name}"`;
  checkBatch(action, options.batch);
  for (const [method, settings] of Object.entries(methods)) {
    const own = `Cannot set up method "${method}" of runner "${name}"`;
    checkOptions(own, settings, ["batch"], HINTS);
    checkBatch(action, settings?.batch);
  }
}

function checkBatch(action: string, options: BatchOptions | undefined): void {
  if (options !== undefined) checkOptions(action, options, BATCH_OPTIONS);
  batchSettings(options);
}
