/**
 * The settings of a server, from the sources of its configuration.
 * @module
 */

import {
  API_WORKERS,
  NO_API_WORKERS,
  OPTIONS_VARIABLE,
  UNSUPPORTED_KEYS,
} from "../bentoml/config-keys.ts";
import { messageOf } from "../error.ts";
import { type ApiServerConfig, apiServerConfig } from "./api-server.ts";
import { asMapping, isMapping, type Mapping, merge, section } from "./mapping.ts";
import { checkRunnerNames, type RunnerConfig, runnersConfig } from "./runners.ts";
import { valueAt } from "./value.ts";

/** The settings of a configuration, with the defaults of missing ones. */
export interface Config {
  readonly apiServer: ApiServerConfig;
  /** Returns the source of the value at a key, dotted or in parts; undefined for a default. */
  originOf(key: string | readonly string[]): Origin | undefined;
  /** What to tell the user of settings that have no effect. */
  readonly notes: readonly string[];
  /** Returns the settings of a runner: its own, or else those of all runners. */
  runner(name: string): RunnerConfig;
  /**
   * Checks that the runners in the configuration exist.
   *
   * @param names the names of the existing runners
   * @throws Error with the unknown name, and the nearest known one
   */
  checkRunners(names: readonly string[]): void;
}

/** The variables with settings, of which the first that is set is used. */
export const OPTIONS_VARIABLES: readonly string[] = ["EKIBEN_CONFIG_OPTIONS", OPTIONS_VARIABLE];

/** Where a setting comes from: a file by its name, an object, or a variable with settings. */
export interface Origin {
  readonly source: "file" | "code" | "options";
  readonly name: string;
}

/** The settings of one source. */
export interface Layer {
  /** The source's name, for messages. */
  readonly name: string;
  readonly origin: Origin;
  readonly tree: Mapping;
}

/**
 * Returns the settings of all sources; later ones take precedence. Each is checked together
 * with those before it, so that a message names the source with the error.
 *
 * @throws Error for an unknown key (with the nearest known one) or an invalid value (with its path)
 */
export function settingsOfLayers(layers: readonly Layer[]): Config {
  let tree: unknown = {};
  let settings = checked(tree);
  for (const layer of layers) {
    tree = merge(tree, layer.tree);
    settings = within(layer.name, () => checked(tree));
  }
  const { apiServer, runners } = settings;
  return {
    apiServer,
    originOf: (key) => originOf(typeof key === "string" ? key.split(".") : key, layers),
    notes: notesOf(tree),
    runner: (name) => runners.named.get(name) ?? runners.all,
    checkRunners(names) {
      for (const layer of layers) {
        within(layer.name, () => checkRunnerNames(layer.tree["runners"], names));
      }
    },
  };
}

/** Returns the last source that has a key, as `merge()` takes its value. */
function originOf(parts: readonly string[], layers: readonly Layer[]): Origin | undefined {
  for (const { tree, origin } of layers.toReversed()) {
    let value: unknown = tree;
    for (const part of parts) {
      // What is no mapping has replaced the section of the sources before.
      if (value !== undefined && !isMapping(value)) return undefined;
      value = value !== undefined && Object.hasOwn(value, part) ? value[part] : undefined;
    }
    if (value === null) return undefined;
    if (value !== undefined) return origin;
  }
  return undefined;
}

/** BentoML's own files have the number of API processes, so it is not refused. */
function notesOf(tree: unknown): readonly string[] {
  const workers = asMapping("api_server", asMapping("", tree)["api_server"])[API_WORKERS];
  const hasWorkers = workers !== undefined && workers !== null;
  return hasWorkers ? [`"api_server.${API_WORKERS}" has no effect: ${NO_API_WORKERS}`] : [];
}

/** The sections of keys that users write at the top by mistake. */
const ELSEWHERE = {
  batching: "runners.batching",
  grpc: "api_server.grpc",
  http: "api_server.http",
  metrics: "api_server.metrics",
  ssl: "api_server.ssl",
  traffic: "api_server.traffic",
};

function checked(tree: unknown) {
  const top = section("", tree, {
    known: ["version", "api_server", "runners"],
    unsupported: UNSUPPORTED_KEYS.top,
    elsewhere: ELSEWHERE,
  });
  valueAt(top, "version", "1", (value): value is 1 => value === 1);
  return { apiServer: apiServerConfig(top), runners: runnersConfig(top) };
}

/** Runs work on a source, whose errors then name it. */
export function within<T>(source: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`Cannot use ${source}: ${messageOf(error)}`, { cause: error });
  }
}
