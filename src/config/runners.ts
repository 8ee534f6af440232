/**
 * The keys under `runners`: groups of settings for all runners, and the same under a runner's name.
 *
 * A runner whose name is a group's cannot be told from that group, and is not to be configured.
 * @module
 */

import { UNSUPPORTED_KEYS } from "../bentoml/config-keys.ts";
import { suggestion } from "../check.ts";
import { type BatchingConfig, batchingConfig } from "./batching.ts";
import { asMapping, type Mapping, type Section, section } from "./mapping.ts";
import { type MetricsConfig, runnerMetrics } from "./metrics.ts";
import { milliseconds } from "./value.ts";

/** The settings of a runner. */
export interface RunnerConfig {
  readonly batching: BatchingConfig;
  readonly metrics: MetricsConfig;
  /** How long a call may run, in milliseconds, where the configuration says. */
  readonly callTimeoutMs: number | undefined;
}

/** What the configuration says of runners. */
export interface RunnersConfig {
  /** What holds for a runner that has no settings of its own. */
  readonly all: RunnerConfig;
  readonly named: ReadonlyMap<string, RunnerConfig>;
}

const GROUPS = ["batching", "metrics", "traffic"] as const;
const KEYS = { known: GROUPS, unsupported: UNSUPPORTED_KEYS.runner };
const RESERVED: readonly string[] = [...GROUPS, ...UNSUPPORTED_KEYS.runner];

/** @throws Error for what cannot be */
export function runnersConfig({ values }: Section): RunnersConfig {
  const runners = asMapping("runners", values["runners"]);
  const groups = Object.entries(runners).filter(([key]) => !isRunnerName(key));
  const all = section("runners", Object.fromEntries(groups), KEYS);
  const allConfig = runnerConfig(all);
  const named = namesIn(runners).map((name) => {
    const own = section(`runners.${name}`, runners[name], KEYS);
    return [name, runnerConfig(inherited(own, all.values))] as const;
  });
  return { all: allConfig, named: new Map(named) };
}

/**
 * Checks the runners of a configuration against those that there are.
 *
 * @param runners what stands under `runners`
 * @param names the runners that there are
 * @throws Error for a name that none of them has, and for one that cannot be configured
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
    `"runners.${reserved}" is for all runners, and cannot be told from the runner ` +
      `"${reserved}": give that runner another name`,
  );
}

/** Whether a key under `runners` is a runner's name. */
export function isRunnerName(key: string): boolean {
  return !RESERVED.includes(key);
}

function namesIn(runners: Mapping): readonly string[] {
  return Object.keys(runners).filter(isRunnerName);
}

/** A runner's settings, each by itself before that of all; a strategy is one setting. */
function inherited({ path, values }: Section, all: Mapping): Section {
  const groups = GROUPS.map((group) => [
    group,
    { ...asMapping(group, all[group]), ...asMapping(`${path}.${group}`, values[group]) },
  ]);
  return { path, values: Object.fromEntries(groups) };
}

function runnerConfig({ path, values }: Section): RunnerConfig {
  const traffic = section(`${path}.traffic`, values["traffic"], {
    known: ["timeout"],
    unsupported: UNSUPPORTED_KEYS.traffic,
  });
  return {
    batching: batchingConfig(`${path}.batching`, values["batching"]),
    metrics: runnerMetrics(`${path}.metrics`, values["metrics"]),
    callTimeoutMs: milliseconds(traffic, "timeout"),
  };
}
