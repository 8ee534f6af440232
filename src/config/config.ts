/**
 * The configuration: BentoML's keys from a YAML file and the environment, checked once, as plain
 * data.
 *
 * ```yaml
 * api_server:
 *   http: { port: 5000 }
 *   metrics:
 *     duration: { min: 0.1, max: 5.0, factor: 2.0 }
 * runners:
 *   batching: { max_batch_size: 50, max_latency_ms: 600 } # every runner
 *   mnist:   # one runner, instead of the settings above
 *     batching:
 *       strategy: { name: fixed_window, wait_ms: 5 }
 * ```
 * @module
 */

import { OPTIONS_VARIABLE, UNSUPPORTED_KEYS } from "../bentoml/config-keys.ts";
import { messageOf } from "../error.ts";
import { type ApiServerConfig, apiServerConfig } from "./api-server.ts";
import { type Environment, expandVariables } from "./expand.ts";
import { type Mapping, merge, section } from "./mapping.ts";
import { parseOptions } from "./options-variable.ts";
import { withNewNames } from "./renamed.ts";
import { checkRunnerNames, type RunnerConfig, runnersConfig } from "./runners.ts";
import { valueAt } from "./value.ts";
import { parseYaml } from "./yaml-text.ts";

export type { Environment };

/** The settings of a configuration, with the defaults of missing ones. */
export interface Config {
  readonly apiServer: ApiServerConfig;
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

/** The sources of a configuration. */
export interface ConfigSources {
  /** A YAML file: its name, for messages, and its content. */
  readonly file?: { readonly name: string; readonly text: string } | undefined;
  /** The same keys as an object, which a program gives. */
  readonly object?: Mapping | undefined;
  /**
   * The environment: the values of `${NAME}`, and `EKIBEN_CONFIG_OPTIONS` or
   * `BENTOML_CONFIG_OPTIONS` (the first that is set), which takes precedence over the file.
   */
  readonly environment?: Environment;
}

/** The variables with settings, of which the first that is set is used. */
const OPTIONS_VARIABLES = ["EKIBEN_CONFIG_OPTIONS", OPTIONS_VARIABLE] as const;

/** The settings of one source. */
interface Layer {
  /** The source's name, for messages. */
  readonly name: string;
  readonly tree: Mapping;
}

/**
 * Reads a configuration. A source is checked together with those before it, so that a message names
 * the source with the error.
 *
 * @throws Error for a source that cannot be read, an unknown key (with the nearest known one) or an
 *   invalid value (with its path)
 */
export function parseConfig(sources: ConfigSources = {}): Config {
  const layers = layersOf(sources);
  let tree: unknown = {};
  let settings = settingsOf(tree);
  for (const layer of layers) {
    tree = merge(tree, layer.tree);
    settings = within(layer.name, () => settingsOf(tree));
  }
  const { apiServer, runners } = settings;
  return {
    apiServer,
    runner: (name) => runners.named.get(name) ?? runners.all,
    checkRunners(names) {
      for (const layer of layers) {
        within(layer.name, () => checkRunnerNames(layer.tree["runners"], names));
      }
    },
  };
}

/** Returns the settings of all sources; later ones take precedence. */
function layersOf({ file, object, environment = {} }: ConfigSources): readonly Layer[] {
  const layer = (name: string, read: () => unknown): Layer => ({
    name,
    tree: within(name, () => withNewNames(expandVariables(read(), environment))),
  });
  const layers: Layer[] = [];
  if (file !== undefined) {
    layers.push(layer(`the configuration ${file.name}`, () => parseYaml(file.text)));
  }
  if (object !== undefined) layers.push(layer('the option "config"', () => object));
  const variable = OPTIONS_VARIABLES.find((name) => environment[name] !== undefined);
  if (variable !== undefined) {
    layers.push(layer(variable, () => parseOptions(environment[variable] ?? "")));
  }
  return layers;
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

function settingsOf(tree: unknown) {
  const top = section("", tree, {
    known: ["version", "api_server", "runners"],
    unsupported: UNSUPPORTED_KEYS.top,
    elsewhere: ELSEWHERE,
  });
  valueAt(top, "version", "1", (value): value is 1 => value === 1);
  return { apiServer: apiServerConfig(top), runners: runnersConfig(top) };
}

function within<T>(source: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`Cannot use ${source}: ${messageOf(error)}`, { cause: error });
  }
}
