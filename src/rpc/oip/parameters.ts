/**
 * Parameters of inferences, from their messages.
 * @module
 */

import { invalidArgument } from "../../error.ts";
import type { Parameters, ParameterValue } from "../../oip/messages.ts";
import { MAX_ITEMS, type ParameterMessages } from "./messages.ts";

const NONE: Parameters = {};

/**
 * Returns the values of parameters. Those without one are left out.
 *
 * @throws ServiceError `invalid_argument` for too many
 */
export function parametersOf(messages: ParameterMessages): Parameters {
  const entries = Object.entries(messages);
  if (entries.length === 0) return NONE;
  if (entries.length > MAX_ITEMS) {
    throw invalidArgument(`There may be at most ${MAX_ITEMS} parameters`);
  }
  const values = entries.flatMap(([name, { parameterChoice }]) => {
    const { value } = parameterChoice;
    return value === undefined ? [] : [[name, withinRange(value)] as const];
  });
  return Object.fromEntries(values);
}

function withinRange(value: ParameterValue): ParameterValue {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
