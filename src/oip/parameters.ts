/**
 * The parameters of requests, inputs and outputs. Those that nobody knows are ignored.
 * @module
 */

import { invalidArgument } from "../error.ts";
import { describe } from "../io/wording.ts";
import type { Parameters } from "./messages.ts";

/**
 * Returns a parameter that is a boolean; undefined if it is not given.
 *
 * @throws ServiceError `invalid_argument` for another value
 */
export function booleanOf(parameters: Parameters, name: string): boolean | undefined {
  const value = ownValue(parameters, name);
  if (value === undefined || typeof value === "boolean") return value;
  throw invalidArgument(`Parameter "${name}" must be true or false, but was ${describe(value)}`);
}

/**
 * Returns a parameter that is a whole number from 0 up; undefined if it is not given.
 *
 * @throws ServiceError `invalid_argument` for another value
 */
export function countOf(parameters: Parameters, name: string): number | undefined {
  const value = ownValue(parameters, name);
  if (value === undefined) return undefined;
  const isNumber = typeof value === "number" || typeof value === "bigint";
  if (isNumber && value >= 0 && Number.isInteger(Number(value))) return Number(value);
  const given = typeof value === "bigint" ? value : describe(value);
  throw invalidArgument(`Parameter "${name}" must be a whole number from 0 up, but was ${given}`);
}

/**
 * Refuses a tensor in shared memory. If that parameter were ignored, the caller would read an
 * output from memory that nobody has written.
 *
 * @param what the input or the output, for the message
 * @throws ServiceError `invalid_argument` if the parameters name a region
 */
export function refuseSharedMemory(
  what: string,
  parameters: Readonly<Record<string, unknown>>,
): void {
  if (!Object.hasOwn(parameters, "shared_memory_region")) return;
  throw invalidArgument(
    `${what} is in shared memory, which this server does not have: send the data in the request, ` +
      "and read them from the answer",
  );
}

function ownValue(parameters: Parameters, name: string): Parameters[string] | undefined {
  return Object.hasOwn(parameters, name) ? parameters[name] : undefined;
}
