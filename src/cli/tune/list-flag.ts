/**
 * Lists in flags, such as `1,2,4`.
 * @module
 */

import { InvalidArgumentError } from "commander";

/** The longest list. */
const MAX_ITEMS = 20;

/**
 * Returns a parser of a list with commas.
 *
 * @param parse returns NaN, or throws, for an item that cannot be one
 * @param choices all items that may be given; any without
 */
export function listOf<T>(
  parse: (text: string) => T,
  choices?: readonly T[],
): (text: string) => readonly T[] {
  return (text) => {
    const items = text.split(",").map((each) => parse(each.trim()));
    const isWrong = (item: T): boolean =>
      Number.isNaN(item) || (choices !== undefined && !choices.includes(item));
    if (items.length <= MAX_ITEMS && !items.some(isWrong)) return [...new Set(items)];
    const wanted = choices === undefined ? "whole numbers from 1 up" : choices.join(", ");
    throw new InvalidArgumentError(`It must be a list with commas, of ${wanted}.`);
  };
}
