/**
 * Values of a configuration: what may stand at a key. `null` is the same as nothing, as in
 * BentoML's own files.
 * @module
 */

import { Expanded } from "./expanded.ts";
import { pathOf, type Section, shown } from "./mapping.ts";

/**
 * The value at a key, `undefined` where there is none.
 *
 * @param wanted ends the sentence "it must be …"
 * @throws Error that says where it stands, what was wanted and what was given
 */
export function valueAt<T>(
  section: Section,
  key: string,
  wanted: string,
  isWanted: (value: unknown) => value is T,
): T | undefined {
  const readings = readingsAt(section, key);
  for (const value of readings) {
    if (value === undefined || isWanted(value)) return value;
  }
  const given = shown(readings.at(-1));
  throw new Error(`"${pathOf(section.path, key)}" must be ${wanted}, but was ${given}`);
}

/** What the value at a key may be taken for, a text first; `undefined` for nothing. */
function readingsAt({ values }: Section, key: string): readonly [unknown, unknown?] {
  const value = values[key] ?? undefined;
  if (value instanceof Expanded) return [value.text, value.scalar ?? undefined];
  if (!Array.isArray(value)) return [value];
  // No key wants a list of texts.
  return [value.map((each) => (each instanceof Expanded ? each.scalar : each))];
}

/** True or false. */
export function flag(section: Section, key: string): boolean | undefined {
  return valueAt(section, key, "true or false", (value) => typeof value === "boolean");
}

/** A whole number from `least` to `most`. */
export function wholeNumber(
  section: Section,
  key: string,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const end = most === Number.MAX_SAFE_INTEGER ? "up" : `to ${most}`;
  return valueAt(
    section,
    key,
    `a whole number from ${least} ${end}`,
    (value): value is number => Number.isSafeInteger(value) && isNumber(value, least, most),
  );
}

/** A port; 0 for any that is free. */
export function portNumber(section: Section, key: string): number | undefined {
  return wholeNumber(section, key, 0, 65_535);
}

/** An address or name of this machine. */
export function address(section: Section, key: string): string | undefined {
  return valueAt(section, key, "an address", isFilled);
}

/** A text with something in it. */
export function filledText(section: Section, key: string): string | undefined {
  return valueAt(section, key, "a text that is not empty", isFilled);
}

/** A text that no message may show. */
export function secret(section: Section, key: string): string | undefined {
  const [value] = readingsAt(section, key);
  if (value === undefined || isFilled(value)) return value;
  const path = pathOf(section.path, key);
  throw new Error(`"${path}" must be a text: write one made of digits in quotes`);
}

function isFilled(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** A number from `least` up. */
export function numberFrom(section: Section, key: string, least: number): number | undefined {
  return valueAt(section, key, `a number from ${least} up`, (value) => isNumber(value, least));
}

/** A number above `bound`. */
export function numberAbove(section: Section, key: string, bound: number): number | undefined {
  return valueAt(
    section,
    key,
    `a number above ${bound}`,
    (value): value is number => isNumber(value) && value > bound,
  );
}

/** What setTimeout() can wait: 24 days. */
const MAX_SECONDS = (2 ** 31 - 1) / 1000;

/** Reads a time in seconds, at least `least`, as whole milliseconds. */
export function milliseconds(section: Section, key: string, least = 0.001): number | undefined {
  const seconds = valueAt(
    section,
    key,
    `a number of seconds from ${least} to ${Math.floor(MAX_SECONDS)}`,
    (value) => isNumber(value, least, MAX_SECONDS),
  );
  return seconds === undefined ? undefined : Math.round(seconds * 1000);
}

/**
 * A number, whole or not: where BentoML wants a float, its schema refuses `5` for `5.0`. YAML
 * itself has no such difference, and neither has this.
 */
export function isNumber(
  value: unknown,
  least: number = -Infinity,
  most: number = Infinity,
): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= least && value <= most;
}
