/**
 * Suggestions for the misspelt values of flags, which Commander has for flags and commands alone.
 * @module
 */

import { nearest } from "../check.ts";

/** What Commander says of a value that is no choice of its flag, its variable or its argument. */
const NO_CHOICE = /'([^'\n]*)'(?: from env '\w+')? is invalid\. Allowed choices are (.+)\.$/m;

/** Adds the nearest choice to an error about a value that is none. */
export function withNearChoice(text: string): string {
  const [sentence, given = "", choices = ""] = NO_CHOICE.exec(text) ?? [];
  if (sentence === undefined) return text;
  // Of values by the names of runners, only one is known to be wrong if it stands alone.
  const [value = ""] = given.split(",").slice(-1);
  const near = nearest(value.slice(value.indexOf("=") + 1).trim(), choices.split(", "));
  return near === undefined ? text : text.replace(/\.$/m, `.\n(Did you mean ${near}?)`);
}
