/**
 * The parsers of numbers in flags.
 * @module
 */

import { InvalidArgumentError } from "commander";

/** Returns a decimal number from 0; NaN for anything else, where Number("") is 0. */
export function decimal(text: string): number {
  return /^\d{1,15}(\.\d+)?$|^\.\d+$/.test(text) ? Number(text) : Number.NaN;
}

export function positive(text: string): number {
  const value = decimal(text);
  if (value > 0) return value;
  throw new InvalidArgumentError("It must be a number above 0.");
}

/** Parses a whole number from 0. @throws InvalidArgumentError for anything else */
export function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number from 0 up.");
}

/** Parses the number of a port. @throws InvalidArgumentError for anything else */
export function portNumber(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError(
    "A port is a whole number from 0 to 65535, and 0 is any that is free.",
  );
}

/** Returns a parser of whole numbers from 1 up, to `most` if there is one. */
export function count(most: number = Number.POSITIVE_INFINITY): (text: string) => number {
  const range = most === Number.POSITIVE_INFINITY ? "from 1 up" : `from 1 to ${most}`;
  return (text) => {
    const value = wholeNumber(text);
    if (value >= 1 && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number ${range}.`);
  };
}

/** Parses a time in milliseconds, from 0. */
export function milliseconds(text: string): number {
  const value = decimal(text);
  if (value >= 0) return value;
  throw new InvalidArgumentError("It must be a number of milliseconds from 0.");
}

/** Parses a spread: the deviation of a logarithm. */
export function spread(text: string): number {
  const value = decimal(text);
  if (value >= 0 && value <= 3) return value;
  throw new InvalidArgumentError("It must be a number from 0 to 3: 0.05 is about 5 %.");
}

/** Returns a parser of numbers above 0, up to one. */
export function numberUpTo(most: number): (text: string) => number {
  return (text) => {
    const value = positive(text);
    if (value <= most) return value;
    throw new InvalidArgumentError(`It must be at most ${most}.`);
  };
}

/** Returns a parser of numbers from 0, up to one. */
export function zeroUpTo(most: number): (text: string) => number {
  return (text) => (/^0+(\.0+)?$/.test(text) ? 0 : numberUpTo(most)(text));
}
