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

/** Parses a whole number. @throws InvalidArgumentError for anything else */
export function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number.");
}

/** Returns a parser of one of several numbers. */
export function oneOf({ values, wanted }: Choice): (text: string) => number {
  return (text) => {
    const value = values.find((each) => String(each) === text);
    if (value !== undefined) return value;
    throw new InvalidArgumentError(`It must be ${wanted}.`);
  };
}
