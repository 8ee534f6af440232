/**
 * Checks of the values of a configuration. `null` is the same as a missing value, as in BentoML's
 * own files.
 * @module
 */

import { nearChoice } from "../check.ts";
import { Expanded } from "./expanded.ts";
import { pathOf, type Section, shown } from "./mapping.ts";

/**
 * Returns the value at a key, or `undefined` if it is missing.
 *
 * @param wanted ends the sentence "it must be …"
 * @param hint returns the end of the message about a value
 * @throws Error with the path, the wanted and the given value
 */
export function valueAt<T>(
  section: Section,
  key: string,
  wanted: string,
  isWanted: (value: unknown) => value is T,
  hint: (given: unknown) => string = () => "",
): T | undefined {
  const readings = readingsAt(section, key);
  for (const value of readings) {
    if (value === undefined || isWanted(value)) return value;
  }
  const given = readings.at(-1);
  const end = `${shown(given)}${hint(given)}`;
  throw new Error(`"${pathOf(section.path, key)}" must be ${wanted}, but was ${end}`);
}

/** Returns the one of some words at a key. @throws Error with the nearest word for another value */
export function word<T extends string>(
  section: Section,
  key: string,
  known: readonly T[],
): T | undefined {
  const wanted = `${known.slice(0, -1).join(", ")} or ${known.at(-1)}`;
  const isKnown = (value: unknown): value is T => known.some((each) => each === value);
  return valueAt(section, key, wanted, isKnown, (given) => nearChoice(given, known));
}

/** Returns the possible readings of a value, a string first; none for a missing value. */
function readingsAt({ values }: Section, key: string): readonly [unknown, unknown?] {
  const value = values[key] ?? undefined;
  if (value instanceof Expanded) return [value.text, value.scalar ?? undefined];
  if (!Array.isArray(value)) return [value];
  // The only list of strings has paths, which are no other scalars.
  return [value.map((each) => (each instanceof Expanded ? each.scalar : each))];
}

/** Returns the boolean at a key. */
export function flag(section: Section, key: string): boolean | undefined {
  return valueAt(section, key, "true or false", (value) => typeof value === "boolean");
}

/** Returns the whole number from `least` to `most` at a key. */
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

/** Returns the port at a key; 0 for any free one. */
export function portNumber(section: Section, key: string): number | undefined {
  return wholeNumber(section, key, 0, 65_535);
}

/** Returns the address or host name at a key. */
export function address(section: Section, key: string): string | undefined {
  return valueAt(section, key, "an address", isFilled);
}

/** Returns the string at a key, which must not be empty. */
export function filledText(section: Section, key: string): string | undefined {
  return valueAt(section, key, "a text that is not empty", isFilled);
}

/** Returns the texts at a key: a list, or one alone. */
export function texts(section: Section, key: string): readonly string[] | undefined {
  const value = section.values[key] ?? undefined;
  if (value === undefined) return undefined;
  const list = (Array.isArray(value) ? value : [value]).map((each: unknown) =>
    each instanceof Expanded ? each.text : each,
  );
  if (list.every(isFilled)) return list;
  const path = pathOf(section.path, key);
  throw new Error(`"${path}" must be a text or a list of texts, but was ${shown(list)}`);
}

/** Returns the string at a key that messages must not show. */
export function secret(section: Section, key: string): string | undefined {
  const [value] = readingsAt(section, key);
  if (value === undefined || isFilled(value)) return value;
  const path = pathOf(section.path, key);
  throw new Error(`"${path}" must be a text: write one made of digits in quotes`);
}

function isFilled(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** Returns the number at a key, which must be at least `least`. */
export function numberFrom(section: Section, key: string, least: number): number | undefined {
  return valueAt(section, key, `a number from ${least} up`, (value) => isNumber(value, least));
}

/** Returns the number at a key, which must be above `bound`. */
export function numberAbove(section: Section, key: string, bound: number): number | undefined {
  return valueAt(
    section,
    key,
    `a number above ${bound}`,
    (value): value is number => isNumber(value) && value > bound,
  );
}

/** The longest time of setTimeout(), about 24 days. */
export const MAX_SECONDS: number = (2 ** 31 - 1) / 1000;

/** Returns the time in seconds at a key, at least `least`, in whole milliseconds. */
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
 * Returns true for a number, whole or not. BentoML's schema refuses `5` where it wants a float, but
 * YAML does not distinguish `5` from `5.0`.
 */
export function isNumber(
  value: unknown,
  least: number = -Infinity,
  most: number = Infinity,
): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= least && value <= most;
}
