/**
 * The values of flags: their parsers, and the environment variables that replace missing flags.
 * @module
 */

import process from "node:process";
import { InvalidArgumentError } from "commander";
import type { Choice } from "../config/ssl.ts";

/** Returns the first variable that is set: Commander reads one for each flag. */
export function firstSet(...names: readonly [string, ...string[]]): string {
  return names.find((name) => name in process.env) ?? names[0];
}

/** Returns a parser of one of several numbers. */
export function oneOf({ values, wanted }: Choice): (text: string) => number {
  return (text) => {
    const value = values.find((each) => String(each) === text);
    if (value !== undefined) return value;
    throw new InvalidArgumentError(`It must be ${wanted}.`);
  };
}

/** A value for all runners, and those for single ones. */
export interface PerRunner<T> {
  readonly all?: T;
  readonly named: ReadonlyMap<string, T>;
}

/**
 * Returns a parser of a value, and of values by the names of runners: `4`, `mnist=2`, or both in a
 * list, as in `1,mnist=2`. A flag that is given again adds to what it had.
 */
export function perRunner<T>(
  parse: (text: string) => T,
): (text: string, before?: PerRunner<T>) => PerRunner<T> {
  return (text, before) => {
    let all = before?.all;
    const named = new Map(before?.named);
    for (const part of text.split(",")) {
      const at = part.indexOf("=");
      const value = parse(part.slice(at + 1).trim());
      if (at < 0) all = value;
      else named.set(part.slice(0, at).trim(), value);
    }
    return { named, ...(all === undefined ? {} : { all }) };
  };
}
