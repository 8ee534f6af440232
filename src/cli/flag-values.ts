/**
 * The values of flags: how they are read, and which variable stands for a flag that is not there.
 * @module
 */

import process from "node:process";
import { InvalidArgumentError } from "commander";
import type { Choice } from "../config/ssl.ts";

/** The variable of a flag: the first of these that is set. Commander knows one for each flag. */
export function firstSet(...names: readonly [string, ...string[]]): string {
  return names.find((name) => name in process.env) ?? names[0];
}

/** @throws InvalidArgumentError for anything else */
export function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number.");
}

/** Reads one of some numbers. */
export function oneOf({ values, wanted }: Choice): (text: string) => number {
  return (text) => {
    const value = values.find((each) => String(each) === text);
    if (value !== undefined) return value;
    throw new InvalidArgumentError(`It must be ${wanted}.`);
  };
}
