/**
 * The settings of a runner, with their sources, by the code that starts it.
 * @module
 */

import { host } from "../../host/server.ts";
import type { Service } from "../../index.ts";
import type { ModelSettings } from "../../repository/model-settings.ts";
import {
  type BatchOptions,
  batchSettings,
  batchSource,
} from "../../runner/batching/batch-options.ts";
import type { Strategy } from "../../runner/batching/policy.ts";
import type { SettingSource } from "../../runner/chosen.ts";
import {
  type BatchLayers,
  type StartSettings,
  startOf,
  startSettings,
} from "../../runner/start-settings.ts";
import { configuredRunners } from "../../runtime/configured.ts";
import type { Effective } from "./effective.ts";
import { DEFAULT, type FoundSetting, type From, type Sources } from "./found.ts";

type ServiceRunner = Service["runners"][number];

/** The runner of a model that is served without code. */
export interface ModelRunner {
  readonly name: string;
  readonly settings: ModelSettings;
  /** The number of workers where nothing else says it. */
  readonly workers?: number | undefined;
}

type Setting =
  | "backend"
  | "callTimeoutMs"
  | "enabled"
  | "isMeasured"
  | "isolation"
  | "maxBatchSize"
  | "maxBatchWeight"
  | "maxLatencyMs"
  | "maxMemoryMb"
  | "maxQueueRows"
  | "namespace"
  | "strategy"
  | "threads"
  | "workers";

/** The keys below `runners` that set a setting, of which the first names it. */
export const RUNNER_KEYS: Readonly<Record<Setting, readonly [string, ...string[]]>> = {
  workers: ["workers", "resources.cpu", "workers_per_resource"],
  threads: ["threads", "resources.cpu", "workers_per_resource"],
  backend: ["backend"],
  isolation: ["isolation"],
  maxMemoryMb: ["max_memory_mb"],
  callTimeoutMs: ["traffic.timeout"],
  enabled: ["batching.enabled"],
  maxBatchSize: ["batching.max_batch_size"],
  maxBatchWeight: ["batching.max_batch_weight"],
  maxLatencyMs: ["batching.max_latency_ms"],
  maxQueueRows: ["batching.max_queue_rows"],
  strategy: [
    "batching.strategy",
    ...["batching.strategy.name", "batching.strategy.wait_ms", "batching.strategy.latency_ms"],
    "batching.enabled",
  ],
  isMeasured: ["metrics.enabled"],
  namespace: ["metrics.namespace"],
};

/** The flags that set a setting. */
export const RUNNER_FLAGS: Readonly<Partial<Record<Setting, string>>> = {
  workers: "workers",
  threads: "threads",
  backend: "backend",
  isolation: "isolation",
  enabled: "batch",
};

/** Returns the settings of a runner of a service. */
export function codeRunnerSettings(
  runner: ServiceRunner,
  effective: Effective,
  sources: Sources,
): readonly FoundSetting[] {
  const start = startOf(runner)?.(host, defaultsOf(effective));
  return start === undefined ? [] : new Settings(runner.name, effective, sources, "code").of(start);
}

/** Returns the settings of all runners, whose code is not known. */
export function allRunnersSettings(
  effective: Effective,
  sources: Sources,
): readonly FoundSetting[] {
  // No runner can have this name.
  return modelRunnerSettings({ name: "*", settings: {} }, effective, sources);
}

/** Returns the settings of the runner of a model. */
export function modelRunnerSettings(
  { name, settings, workers: otherwise }: ModelRunner,
  effective: Effective,
  sources: Sources,
): readonly FoundSetting[] {
  const { choice } = effective.target.batching(name);
  // The flag replaces what the model's files say.
  const isOwnBatch = settings.batch !== undefined && effective.flags.batch === undefined;
  const { workers = otherwise, threads, batching: batch, backend } = settings;
  const start = startSettings(
    { name, runnable: { multiThreaded: true } },
    {
      ...(workers === undefined ? {} : { workers }),
      ...(threads === undefined ? {} : { threads }),
      ...(batch === undefined ? {} : { batch }),
    },
    host,
    defaultsOf(effective),
  );
  const isDefault = settings.workers === undefined && start.workers.from === "code";
  const isOwn = backend !== undefined && start.backend.from !== "configured";
  return new Settings(name, effective, sources, "model").of(
    {
      ...start,
      ...(isDefault ? { workers: { ...start.workers, from: "default" } } : {}),
      ...(isOwn ? { backend: { value: backend, from: "code" } } : {}),
    },
    { value: settings.batch ?? choice, from: isOwnBatch ? "code" : "start" },
  );
}

function defaultsOf({ options, config }: Effective): Parameters<typeof startSettings>[3] {
  const { backend, isolation } = options;
  return { backend, isolation, ...configuredRunners(config) };
}

/** Makes the rows of one runner. */
class Settings {
  readonly #name: string;
  readonly #effective: Effective;
  readonly #sources: Sources;
  readonly #code: "code" | "model";

  constructor(name: string, effective: Effective, sources: Sources, code: "code" | "model") {
    this.#name = name;
    this.#effective = effective;
    this.#sources = sources;
    this.#code = code;
  }

  of(
    start: StartSettings,
    enabled?: { readonly value: string; readonly from: SettingSource },
  ): readonly FoundSetting[] {
    const { workers, threads, backend, isolation, maxMemoryMb, callTimeoutMs } = start;
    const { metrics } = this.#effective.config.runner(this.#name);
    return [
      this.#row("workers", workers.value, workers.from),
      this.#row("threads", threads.value, threads.from),
      this.#backend(backend),
      this.#row("isolation", isolation.value, isolation.from),
      this.#row("maxMemoryMb", maxMemoryMb.value, maxMemoryMb.from),
      this.#row("callTimeoutMs", callTimeoutMs.value / 1000, callTimeoutMs.from),
      ...(enabled === undefined ? [] : [this.#row("enabled", enabled.value, enabled.from)]),
      ...this.#batching(start.batch),
      this.#row("isMeasured", metrics.enabled, "configured"),
      this.#row("namespace", metrics.namespace, "configured"),
      ...[...start.methods].flatMap(([method, layers]) =>
        this.#ofMethod(method, layers, this.#batching(start.batch)),
      ),
    ];
  }

  #backend({ value, from }: StartSettings["backend"]): FoundSetting {
    // Named by a flag or a file, `auto` is the same as none.
    const row = this.#row("backend", value ?? "auto", value ? from : "start");
    if (this.#code === "model") return row;
    // Only its workers know whether a runnable opens its models on one that it names itself.
    return { ...row, from: `${row.from}, where the runnable names none` };
  }

  /** Returns what is different for a method. */
  #ofMethod(
    method: string,
    layers: BatchLayers,
    common: readonly FoundSetting[],
  ): readonly FoundSetting[] {
    const differs = ({ value, source }: FoundSetting, at: number): boolean =>
      source !== common[at]?.source || JSON.stringify(value) !== JSON.stringify(common[at]?.value);
    return this.#batching(layers)
      .filter(differs)
      .map((row) => ({ ...row, name: `methods.${method}.${row.name}` }));
  }

  #batching(layers: BatchLayers): readonly FoundSetting[] {
    const settings = batchSettings(...layers.map(([, options]) => options));
    const row = (name: Setting & keyof BatchOptions, value: unknown): FoundSetting =>
      this.#row(name, value, batchSource(name, layers) ?? "default");
    const { maxBatchWeight: weight } = settings;
    return [
      row("maxBatchSize", settings.maxBatchSize),
      row("maxBatchWeight", Number.isFinite(weight) ? weight : undefined),
      row("maxLatencyMs", settings.maxLatencyMs),
      row("maxQueueRows", settings.maxQueueRows),
      row("strategy", shownStrategy(settings.strategy)),
    ];
  }

  #row(name: Setting, value: unknown = null, from: SettingSource): FoundSetting {
    const [key] = RUNNER_KEYS[name];
    return { name: key, value, ...this.#sourceOf(name, from) };
  }

  #sourceOf(name: Setting, from: SettingSource): From {
    if (from === "default") return DEFAULT;
    if (from === "code") {
      const isCode = this.#code === "code";
      return isCode
        ? { source: "code", from: "the code" }
        : { source: "model", from: "the model's settings" };
    }
    const keys = RUNNER_KEYS[name].map((key) => key.split("."));
    return (
      this.#byFlag(name) ??
      this.#sources.ofKeys(keys.map((key) => ["runners", this.#name, ...key])) ??
      this.#sources.ofKeys(keys.map((key) => ["runners", ...key])) ??
      DEFAULT
    );
  }

  /** Returns the flag, unless it is of other runners alone. */
  #byFlag(name: Setting): From | undefined {
    const flag = RUNNER_FLAGS[name];
    if (flag === undefined) return undefined;
    const { flags } = this.#effective;
    if (flag === "workers" || flag === "threads" || flag === "backend") {
      const given = flags[flag];
      if (given?.all === undefined && given?.named.has(this.#name) !== true) return undefined;
    }
    return this.#sources.ofFlags([flag]);
  }
}

/** Returns a strategy as the configuration writes it. */
function shownStrategy(strategy: Strategy): unknown {
  if (strategy.name === "fixedWindow") return { name: "fixed_window", wait_ms: strategy.waitMs };
  if (strategy.name === "targetLatency") {
    return { name: "target_latency", latency_ms: strategy.latencyMs };
  }
  return strategy.name;
}
