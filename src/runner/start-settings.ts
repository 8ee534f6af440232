/**
 * The settings with which a runner starts: those of its code, of the configuration and of the
 * start, in the order in which they count.
 * @module
 */

import type { Executor, ExecutorName } from "../executor/executor.ts";
import type { Host } from "../host/host.ts";
import { DEFAULT_CALL_TIMEOUT_MS } from "../limits.ts";
import type { Runnable } from "../worker/runnable.ts";
import type { BatchOptions } from "./batching/batch-options.ts";
import { type Chosen, chosen } from "./chosen.ts";
import { executorOf } from "./executor-of.ts";
import type { MethodSettings, RunnerOptions, StartDefaults } from "./runner-options.ts";
import { sizeOf } from "./worker-count.ts";

/** The settings of a start. */
export interface StartSettings {
  readonly executor: Executor;
  readonly isolation: Chosen<ExecutorName>;
  readonly workers: Chosen<number>;
  readonly threads: Chosen<number>;
  readonly maxMemoryMb: Chosen<number | undefined>;
  readonly callTimeoutMs: Chosen<number>;
  readonly backend: Chosen<string | undefined>;
  /** The layers of the batching of each method, the first of which count; by their places. */
  readonly batch: BatchLayers;
  /** The layers of the methods with settings of their own, by their names. */
  readonly methods: ReadonlyMap<string, BatchLayers>;
}

/** Options of batching and the places that they come from. */
export type BatchLayers = readonly (readonly ["code" | "configured", BatchOptions | undefined])[];

/** Returns the settings with which a runner would start. */
export type SettingsOfStart = (host: Host, defaults: StartDefaults) => StartSettings;

/** By runner: a member of one would take its name from the methods of runnables. */
const STARTS = new WeakMap<object, SettingsOfStart>();

/** Lets others ask with which settings a runner would start. */
export function tellStart(runner: object, settings: SettingsOfStart): void {
  STARTS.set(runner, settings);
}

/** Returns what tells the settings of a runner; undefined for one that is not of `runner()`. */
export function startOf(runner: object): SettingsOfStart | undefined {
  return STARTS.get(runner);
}

/**
 * Returns the settings of a runner.
 *
 * @throws Error if this runtime does not have the executor, RangeError for several threads of a
 *   runnable that uses one
 */
export function startSettings(
  { name: runner, runnable }: { readonly name: string; readonly runnable: SizedRunnable },
  own: Pick<RunnerOptions<unknown>, OwnSetting>,
  host: Host,
  defaults: StartDefaults,
): StartSettings {
  const configured = defaults.settingsOf?.(runner);
  const isolation = chosen(
    [
      ["code", own.isolation],
      ["start", defaults.isolation],
      ["configured", configured?.isolation],
    ],
    host.isolation,
  );
  const executor = executorOf(runner, host, isolation.value);
  const place = { runner, runnable, executor, cores: host.cores };
  const batch: BatchLayers = [
    ["code", own.batch],
    ["code", own.maxQueueRows === undefined ? {} : { maxQueueRows: own.maxQueueRows }],
    ["configured", configured?.batch],
  ];
  const methods = Object.entries<MethodSettings | undefined>(own.methods ?? {});
  return {
    executor,
    isolation,
    ...sizeOf(own, configured, place),
    maxMemoryMb: chosen(
      [
        ["code", own.maxMemoryMb],
        ["configured", configured?.maxMemoryMb],
      ],
      undefined,
    ),
    callTimeoutMs: chosen(
      [
        ["code", own.callTimeoutMs],
        ["configured", configured?.callTimeoutMs],
      ],
      DEFAULT_CALL_TIMEOUT_MS,
    ),
    backend: chosen(
      [
        ["configured", configured?.backend],
        ["start", defaults.backend],
      ],
      undefined,
    ),
    batch,
    methods: new Map(methods.map(([name, each]) => [name, [["code", each?.batch], ...batch]])),
  };
}

type SizedRunnable = Pick<Runnable, "multiThreaded">;

type OwnSetting =
  | "batch"
  | "callTimeoutMs"
  | "isolation"
  | "maxMemoryMb"
  | "maxQueueRows"
  | "methods"
  | "threads"
  | "workers";
