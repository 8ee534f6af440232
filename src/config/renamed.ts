/**
 * Renamed keys: the old name of a key has the effect of the new one.
 * @module
 */

import {
  RENAMED_API_SERVER_KEYS,
  RENAMED_RUNNER_KEYS,
  type RenamedKey,
} from "../bentoml/config-keys.ts";
import { asMapping, isMapping, type Mapping, pathOf } from "./mapping.ts";
import { isRunnerName } from "./runners.ts";

/**
 * Returns a configuration with the new names of its keys.
 *
 * @throws Error for a key that is given by both names
 */
export function withNewNames(configuration: unknown): Mapping {
  return mapValues(asMapping("", configuration), (key, value) => {
    if (key === "api_server") return renamed(key, value, RENAMED_API_SERVER_KEYS);
    if (key !== "runners") return value;
    return mapValues(renamed(key, value, RENAMED_RUNNER_KEYS), (name, runner) =>
      isRunnerName(name) ? renamed(pathOf(key, name), runner, RENAMED_RUNNER_KEYS) : runner,
    );
  });
}

function renamed(path: string, value: unknown, keys: readonly RenamedKey[]): Mapping {
  let values = asMapping(path, value);
  for (const [old, group, key] of keys) {
    if (!Object.hasOwn(values, old)) continue;
    // A mapping here is not an old setting, but the section of a runner named "timeout".
    if (old === "timeout" && isMapping(values[old])) continue;
    const { [old]: setting, ...others } = values;
    const target = asMapping(pathOf(path, group), others[group]);
    if (Object.hasOwn(target, key)) {
      throw new Error(
        `"${pathOf(path, old)}" is the old name of "${path}.${group}.${key}", which is set ` +
          "too: remove the old one",
      );
    }
    values = { ...others, [group]: { ...target, [key]: setting } };
  }
  return values;
}

function mapValues(values: Mapping, change: (key: string, value: unknown) => unknown): Mapping {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, change(key, value)]),
  );
}
