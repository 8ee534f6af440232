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

import { type Environment, expandVariables } from "./expand.ts";
import type { Mapping } from "./mapping.ts";
import { parseOptions } from "./options-variable.ts";
import { withNewNames } from "./renamed.ts";
import {
  type Config,
  type Layer,
  OPTIONS_VARIABLES,
  type Origin,
  settingsOfLayers,
  within,
} from "./settings.ts";
import { MAX_YAML_LENGTH, parseYaml } from "./yaml-text.ts";

export type { Config, Environment };

/** The most bytes to read of a file: more than the parser takes, but a device may never end. */
export const MAX_FILE_BYTES: number = 4 * MAX_YAML_LENGTH;

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

/**
 * Reads a configuration.
 *
 * @throws Error for a source that cannot be read, an unknown key (with the nearest known one) or an
 *   invalid value (with its path)
 */
export function parseConfig(sources: ConfigSources = {}): Config {
  return settingsOfLayers(layersOf(sources));
}

/** Reads all sources; later ones take precedence. */
function layersOf({ file, object, environment = {} }: ConfigSources): readonly Layer[] {
  const layer = (name: string, origin: Origin, read: () => unknown): Layer => ({
    ...{ name, origin },
    tree: within(name, () => withNewNames(expandVariables(read(), environment))),
  });
  const layers: Layer[] = [];
  if (file !== undefined) {
    const origin = { source: "file", name: file.name } as const;
    layers.push(layer(`the configuration ${file.name}`, origin, () => parseYaml(file.text)));
  }
  if (object !== undefined) {
    const origin = { source: "code", name: "config" } as const;
    layers.push(layer('the option "config"', origin, () => object));
  }
  const variable = OPTIONS_VARIABLES.find((name) => environment[name] !== undefined);
  if (variable !== undefined) {
    const origin = { source: "options", name: variable } as const;
    layers.push(layer(variable, origin, () => parseOptions(environment[variable] ?? "")));
  }
  return layers;
}
