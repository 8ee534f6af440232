/**
 * The environment variable `EKIBEN_CONFIG_OPTIONS`: settings in one line, in the syntax of
 * `BENTOML_CONFIG_OPTIONS`.
 *
 * ```sh
 * EKIBEN_CONFIG_OPTIONS='api_server.http.port=5000 runners."my.model".batching.max_batch_size=8'
 * ```
 * @module
 */

import { messageOf } from "../error.ts";
import { MAX_DEPTH } from "./expand.ts";
import { shown } from "./mapping.ts";
import { parseYaml } from "./yaml-text.ts";

/** A key, or an index of a list. */
type Part = string | number;

/** A setting: its path and its value. */
class Leaf {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

type Branch = Map<Part, Branch | Leaf>;

const MAX_INDEX = 999;

/**
 * Parses settings into the form of a file. Settings are `a.b.c=value`, separated by spaces. Values
 * are YAML, `[0]`, `[1]` and so on are the items of a list, and double quotes protect dots and
 * spaces: `"a.b".c="two words"`. Of two settings of the same key, the last one is used.
 *
 * @throws Error for a text that is not a setting, and for settings that contradict each other
 */
export function parseOptions(text: string): unknown {
  const words: readonly string[] = text.match(/(?:"[^"]*"|[^\s"])+|"/g) ?? [];
  if (words.includes('"')) throw new Error("A double quote in it is not closed");
  const top: Branch = new Map();
  for (const word of words) {
    const [, key = "", value = ""] = /^((?:"[^"]*"|[^"=])+)=(.*)$/s.exec(word) ?? [];
    if (key === "") {
      throw new Error(
        `${shown(word)} is no setting: write a.b.c=value, with double quotes around what has ` +
          "spaces",
      );
    }
    assign(top, key, readValue(key, value));
  }
  return plain(top, "");
}

function readValue(key: string, text: string): Leaf {
  try {
    return new Leaf(parseYaml(text));
  } catch (error) {
    throw new Error(`The value of ${key} cannot be used. ${messageOf(error)}`, { cause: error });
  }
}

function assign(top: Branch, key: string, leaf: Leaf): void {
  const parts = partsOf(key);
  const last = parts.pop() ?? "";
  let branch = top;
  for (const part of parts) {
    const next = branch.get(part) ?? new Map();
    if (next instanceof Leaf) throw contradiction(key);
    branch.set(part, next);
    branch = next;
  }
  if (branch.get(last) instanceof Map) throw contradiction(key);
  branch.set(last, leaf);
}

function contradiction(key: string): Error {
  return new Error(`${shown(key)} cannot be set: another setting says that it is of another kind`);
}

/** Splits `a."b.c"[0]` into its parts. */
function partsOf(key: string): Part[] {
  const parts: Part[] = [];
  let length = 0;
  for (const [all, quoted, name, index] of key.matchAll(
    /(?:^|(?<!^)\.)(?:"([^"]*)"|([^."[\]]+))|\[(\d+)\]/gy,
  )) {
    length += all.length;
    parts.push(quoted ?? name ?? Number(index));
    if (Number(index ?? 0) > MAX_INDEX) {
      throw new Error(`${shown(key)} has an index above ${MAX_INDEX}`);
    }
    if (parts.length > MAX_DEPTH) throw new Error(`${shown(key)} has more than ${MAX_DEPTH} parts`);
  }
  if (length === key.length) return parts;
  throw new Error(
    `${shown(key)} is no key: write a.b.c or a.list[0], with double quotes around a part with dots`,
  );
}

/** Returns a branch as an object, or as a list if its keys are indices. */
function plain(branch: Branch, path: string): unknown {
  const entries = [...branch].map(([part, value]) => {
    const at =
      typeof part === "number" ? `${path}[${part}]` : `${path === "" ? "" : `${path}.`}${part}`;
    return [part, value instanceof Leaf ? value.value : plain(value, at)] as const;
  });
  const indexes = entries.filter(([part]) => typeof part === "number");
  if (indexes.length === 0) return Object.fromEntries(entries);
  if (indexes.length < entries.length) throw contradiction(path);
  const list = indexes.sort(([one], [other]) => Number(one) - Number(other));
  const gap = list.findIndex(([index], at) => index !== at);
  if (gap !== -1) throw new Error(`${shown(`${path}[${gap}]`)} is missing: a list has no gaps`);
  return list.map(([, value]) => value);
}
