/**
 * The groups in which the calls of a failed batch are run again.
 * @module
 */

import type { Portion } from "../queue/queued-call.ts";

/** The most calls that are run again one by one, without groups, which would save nothing. */
const MAX_SINGLES = 4;

/**
 * Divides the calls of a failed batch into groups of sqrt(n), or into single calls. Finding the one
 * call of many that throws takes about 2 sqrt(n) runs; if all throw, little more than one for each.
 */
export function groupsOf(calls: readonly Portion[], inGroups: boolean): (readonly Portion[])[] {
  const isFew = !inGroups || calls.length <= MAX_SINGLES;
  const size = isFew ? 1 : Math.ceil(Math.sqrt(calls.length));
  return Array.from({ length: Math.ceil(calls.length / size) }, (_, at) =>
    calls.slice(at * size, (at + 1) * size),
  );
}
