/**
 * The lane of a request, as its caller states it.
 * @module
 */

import { invalidArgument } from "../error.ts";
import { excerpt } from "../io/wording.ts";
import { LANES, type Lane } from "../runner/call-options.ts";

/** The header, or the metadata of a call. */
const LANE = "ekiben-lane";

/**
 * Returns the lane that a caller asks for; undefined if it names none.
 *
 * @param header returns a header of the request
 * @throws ServiceError `invalid_argument` for another name
 */
export function requestedLane(facts: {
  header(name: string): string | null | undefined;
}): Lane | undefined {
  const given = facts.header(LANE);
  if (given === null || given === undefined) return undefined;
  const lane = LANES.find((known) => known === given);
  if (lane !== undefined) return lane;
  throw invalidArgument(`Ekiben-Lane must be ${LANES.join(" or ")}, but was "${excerpt(given)}"`);
}
