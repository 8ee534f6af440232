/**
 * Mappings of a configuration, how two of them are merged, and sections: mappings with known keys.
 * @module
 */

import { unsupportedKey } from "../bentoml/config-keys.ts";
import { suggestion } from "../check.ts";
import { Expanded } from "./expanded.ts";

/** A mapping as it was read. */
export type Mapping = Readonly<Record<string, unknown>>;

/** A mapping whose keys have been checked. */
export interface Section {
  /** Where it stands, dotted; empty for the whole configuration. */
  readonly path: string;
  readonly values: Mapping;
}

/** The keys that a section may have. */
export interface Keys {
  readonly known: readonly string[];
  /** Keys that BentoML knows, and that do nothing here. */
  readonly unsupported?: readonly string[];
  /** Keys that stand in another section: where, by key. */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

/** True for what YAML calls a mapping. */
export function isMapping(value: unknown): value is Mapping {
  if (typeof value !== "object" || value === null) return false;
  return !Array.isArray(value) && !(value instanceof Expanded);
}

/**
 * A value that must be a mapping; nothing at all is an empty one.
 *
 * @param path where it stands, dotted; empty for the whole configuration
 * @throws Error for anything else
 */
export function asMapping(path: string, value: unknown): Mapping {
  if (isMapping(value)) return value;
  if (value === undefined || value === null) return {};
  const what = path === "" ? "It" : `"${path}"`;
  throw new Error(`${what} must be a mapping of keys, but was ${shown(value)}`);
}

/** Mappings merge key by key; anything else of `over` stands instead of what `base` has. */
export function merge(base: unknown, over: unknown): unknown {
  if (!isMapping(base) || !isMapping(over)) return over;
  const merged = Object.entries(over).map(([key, value]) => [
    key,
    Object.hasOwn(base, key) ? merge(base[key], value) : value,
  ]);
  return { ...base, ...Object.fromEntries(merged) };
}

/**
 * A section of a configuration.
 *
 * @throws Error for what is no mapping, and for an unknown key: with the known one nearest to it,
 *   or that it is BentoML's alone
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

/** The section under a key of another. */
export function subsection(parent: Section, key: string, keys: Keys): Section {
  return section(pathOf(parent.path, key), parent.values[key], keys);
}

/** Where a key stands. */
export function pathOf(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

/** A value as a message shows it, cut where it is long. JSON has no infinity: that is text. */
export function shown(value: unknown): string {
  if (typeof value === "number") return String(value);
  const text = JSON.stringify(value, (_, each: unknown) =>
    typeof each === "number" && !Number.isFinite(each) ? String(each) : each,
  );
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
