/**
 * The parameters `priority` and `timeout` of a request, as limits of its call.
 * @module
 */

import type { CallOptions } from "../runner/call-options.ts";
import type { Parameters } from "./messages.ts";
import { countOf } from "./parameters.ts";

/** The levels of priority: 1, the most urgent, for `interactive`, and 2 for `bulk`. */
export const PRIORITY_LEVELS = 2;

/** The limits that a request sets for its call. */
export type Schedule = Pick<CallOptions, "lane" | "deadlineAt">;

/**
 * Returns the limits that the parameters of a request set.
 *
 * - `priority`: 1 is the lane `interactive`; 2 and all less urgent levels are `bulk`. 0, the
 *   default, leaves the lane that the request has by its headers
 * - `timeout`: the microseconds from now on until the answer is needed; 0, the default, sets none
 *
 * @param now the time by `performance.now()`
 * @throws ServiceError `invalid_argument` for values that are not whole numbers from 0 up
 */
export function scheduleOf(parameters: Parameters, now: number): Schedule {
  const priority = countOf(parameters, "priority") ?? 0;
  const timeout = countOf(parameters, "timeout") ?? 0;
  return {
    ...(priority === 0 ? {} : { lane: priority === 1 ? "interactive" : "bulk" }),
    ...(timeout === 0 ? {} : { deadlineAt: now + timeout / 1000 }),
  };
}
