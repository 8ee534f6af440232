/**
 * largestWhere(): searches for a number of units.
 * @module
 */

/** The steps of a search: to 1/256 of the range. */
const STEPS = 8;

/**
 * Returns the largest number for which a condition holds that holds for all smaller ones, to 1/256
 * of the range; the least one if it holds for none.
 */
export function largestWhere(
  least: number,
  most: number,
  holds: (units: number) => boolean,
): number {
  if (holds(most)) return most;
  let low = least;
  let above = most;
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + above) / 2;
    if (holds(middle)) low = middle;
    else above = middle;
  }
  return low;
}
