/**
 * The keys under `runners`: sections for all runners, and the same sections under a runner's name.
 *
 * A runner with the name of a section cannot be configured by name.
 * @module
 */

import { RESOURCE_KEYS, UNSUPPORTED_KEYS } from "../bentoml/config-keys.ts";
import { suggestion } from "../check.ts";
import { type BatchingConfig, batchingConfig } from "./batching.ts";
import { checkRunnerLogging } from "./logging.ts";
import { asMapping, type Mapping, type Section, section } from "./mapping.ts";
import { type MetricsConfig, runnerMetrics } from "./metrics.ts";
import { type SizeConfig, sizeConfig } from "./runner-size.ts";
import { milliseconds, wholeNumber, word } from "./value.ts";

/** The names of the places where workers run. */
export const ISOLATIONS = ["threads", "process", "web", "inline"] as const;

/** The names of the backends of inference. */
export const BACKENDS = ["auto", "native", "wasm", "webgpu"] as const;

/** The settings of a runner. */
export interface RunnerConfig extends SizeConfig {
  readonly batching: BatchingConfig;
  readonly metrics: MetricsConfig;
  /** The time that a call may run, in milliseconds, if configured. */
  readonly callTimeoutMs: number | undefined;
  /** The place of the workers, if configured. */
  readonly isolation: (typeof ISOLATIONS)[number] | undefined;
  /** The most memory of a worker process, in MiB, if configured. */
  readonly maxMemoryMb: number | undefined;
  /** The backend of its models, if configured. */
  readonly backend: (typeof BACKENDS)[number] | undefined;
}

/** The settings of all runners. */
export interface RunnersConfig {
  /** The settings of a runner without its own. */
  readonly all: RunnerConfig;
  readonly named: ReadonlyMap<string, RunnerConfig>;
}

const GROUPS = ["batching", "logging", "metrics", "traffic"] as const;
const SETTINGS = [
  ...(["workers", "threads", "backend", "isolation", "max_memory_mb"] as const),
  ...RESOURCE_KEYS,
] as const;
const KEYS = { known: [...GROUPS, ...SETTINGS] };
const RESERVED: readonly string[] = KEYS.known;

/** @throws Error for an unknown key or an invalid value */
export function runnersConfig({ values }: Section): RunnersConfig {
  const runners = asMapping("runners", values["runners"]);
  const groups = Object.entries(runners).filter(([key]) => !isRunnerName(key));
  const all = section("runners", Object.fromEntries(groups), KEYS);
  const allConfig = runnerConfig(all);
  const named = namesIn(runners).map((name) => {
    const own = section(`runners.${name}`, runners[name], KEYS);
    const sharesThreads = (own.values["threads"] ?? undefined) === undefined;
    return [name, { ...runnerConfig(inherited(own, all.values)), sharesThreads }] as const;
  });
  return { all: allConfig, named: new Map(named) };
}

/**
 * Checks that the runners in a configuration exist.
 *
 * @param runners the value of the key `runners`
 * @param names the names of the existing runners
 * @throws Error for an unknown name, and for one that cannot be configured
 */
export function checkRunnerNames(runners: unknown, names: readonly string[]): void {
  const given = asMapping("runners", runners);
  const unknown = namesIn(given).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const hint = suggestion(unknown, names, "the service's runners are");
    throw new Error(`There is no runner "${unknown}": ${hint}`);
  }
  const reserved = names.find((name) => !isRunnerName(name) && Object.hasOwn(given, name));
  if (reserved === undefined) return;
  throw new Error(
    `"runners.${reserved}" is for all runners, and cannot be distinguished from the runner ` +
      `"${reserved}": give that runner another name`,
  );
}

/** Returns true if a key under `runners` is the name of a runner. */
export function isRunnerName(key: string): boolean {
  return !RESERVED.includes(key);
}

function namesIn(runners: Mapping): readonly string[] {
  return Object.keys(runners).filter(isRunnerName);
}

/** Merges a runner's settings with those of all runners; a strategy is one setting. */
function inherited({ path, values }: Section, all: Mapping): Section {
  const groups = GROUPS.map((group) => [
    group,
    { ...asMapping(group, all[group]), ...asMapping(`${path}.${group}`, values[group]) },
  ]);
  const settings = SETTINGS.map((key) => [key, values[key] ?? all[key]]);
  return { path, values: Object.fromEntries([...groups, ...settings]) };
}

function runnerConfig({ path, values }: Section): RunnerConfig {
  const traffic = section(`${path}.traffic`, values["traffic"], {
    known: ["timeout"],
    unsupported: UNSUPPORTED_KEYS.runnerTraffic,
  });
  checkRunnerLogging(`${path}.logging`, values["logging"]);
  const own = { path, values };
  return {
    batching: batchingConfig(`${path}.batching`, values["batching"]),
    metrics: runnerMetrics(`${path}.metrics`, values["metrics"]),
    callTimeoutMs: milliseconds(traffic, "timeout"),
    isolation: word(own, "isolation", ISOLATIONS),
    maxMemoryMb: wholeNumber(own, "max_memory_mb", 1),
    backend: word(own, "backend", BACKENDS),
    ...sizeConfig(own),
  };
}
