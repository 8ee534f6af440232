/**
 * Keys that BentoML has renamed: the old name is taken for the new one.
 * @module
 */

import { asMapping, isMapping, type Mapping, pathOf } from "./mapping.ts";
import { isRunnerName } from "./runners.ts";

/** An old key, and the group next to it and the key in there that it is now. */
type Move = readonly [old: string, group: string, key: string];

const TIMEOUT: Move = ["timeout", "traffic", "timeout"];
const API_SERVER: readonly Move[] = [["host", "http", "host"], ["port", "http", "port"], TIMEOUT];

/**
 * A configuration with the new names.
 *
 * @throws Error when a key is given by both of its names
 */
export function withNewNames(configuration: unknown): Mapping {
  return mapValues(asMapping("", configuration), (key, value) => {
    if (key === "api_server") return renamed(key, value, API_SERVER);
    if (key !== "runners") return value;
    return mapValues(renamed(key, value, [TIMEOUT]), (name, runner) =>
      isRunnerName(name) ? renamed(pathOf(key, name), runner, [TIMEOUT]) : runner,
    );
  });
}

function renamed(path: string, value: unknown, moves: readonly Move[]): Mapping {
  let values = asMapping(path, value);
  for (const [old, group, key] of moves) {
    // A mapping is not an old setting, but that of a runner whose name is "timeout".
    if (!Object.hasOwn(values, old) || isMapping(values[old])) continue;
    const { [old]: setting, ...others } = values;
    const target = asMapping(pathOf(path, group), others[group]);
    if (Object.hasOwn(target, key)) {
      throw new Error(
        `"${pathOf(path, old)}" is the old name of "${path}.${group}.${key}", which is there ` +
          "too: " +
          "leave the old one out",
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
