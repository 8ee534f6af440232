/**
 * Mappings of a configuration, and sections: mappings with known keys.
 * @module
 */

import { unsupportedKey } from "../bentoml/config-keys.ts";
import { suggestion } from "../check.ts";
import { Expanded } from "./expanded.ts";

/** A mapping before its keys are checked. */
export type Mapping = Readonly<Record<string, unknown>>;

/** A mapping whose keys have been checked. */
export interface Section {
  /** Its path, with dots; empty for the whole configuration. */
  readonly path: string;
  readonly values: Mapping;
}

/** The keys that a section may have. */
export interface Keys {
  readonly known: readonly string[];
  /** Keys of BentoML that are not supported. */
  readonly unsupported?: readonly string[];
  /** The paths of keys that belong to another section. */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

/** Returns true for a YAML mapping. */
export function isMapping(value: unknown): value is Mapping {
  if (typeof value !== "object" || value === null) return false;
  return !Array.isArray(value) && !(value instanceof Expanded);
}

/**
 * Checks that a value is a mapping; a missing one is empty.
 *
 * @param path its path, with dots; empty for the whole configuration
 * @throws Error for anything else
 */
export function asMapping(path: string, value: unknown): Mapping {
  if (isMapping(value)) return value;
  if (value === undefined || value === null) return {};
  const what = path === "" ? "It" : `"${path}"`;
  throw new Error(`${what} must be a mapping of keys, but was ${shown(value)}`);
}

/** Merges two mappings key by key; any other value of `over` replaces that of `base`. */
export function merge(base: unknown, over: unknown): unknown {
  if (!isMapping(base) || !isMapping(over)) return over;
  const merged = Object.entries(over).map(([key, value]) => [
    key,
    Object.hasOwn(base, key) ? merge(base[key], value) : value,
  ]);
  return { ...base, ...Object.fromEntries(merged) };
}

/**
 * Checks the keys of a section.
 *
 * @throws Error for a value that is not a mapping, and for an unknown key: with the nearest known
 *   one, or with the reason that a key of BentoML is refused
 */
export function section(path: string, value: unknown, keys: Keys): Section {
  const { known, unsupported = [], elsewhere = {} } = keys;
  const values = asMapping(path, value);
  for (const key of Object.keys(values)) {
    if (known.includes(key)) continue;
    const at = `"${pathOf(path, key)}"`;
    if (unsupported.includes(key)) {
      throw new Error(unsupportedKey(pathOf(path, key)));
    }
    const hint = Object.hasOwn(elsewhere, key)
      ? `did you mean "${elsewhere[key]}"?`
      : suggestion(key, known, "it may have");
    throw new Error(`There is no key ${at}: ${hint}`);
  }
  return { path, values };
}

/** Checks the section at a key of another. */
export function subsection(parent: Section, key: string, keys: Keys): Section {
  return section(pathOf(parent.path, key), parent.values[key], keys);
}

/** Returns the path of a key in a section. */
export function pathOf(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

/** Returns an excerpt of a value for messages: its JSON, in which infinite numbers are strings. */
export function shown(value: unknown): string {
  if (typeof value === "number") return String(value);
  const text = JSON.stringify(value, (_, each: unknown) =>
    typeof each === "number" && !Number.isFinite(each) ? String(each) : each,
  );
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
