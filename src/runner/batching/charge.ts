/**
 * The charge of runs: what a queue has used the workers, by which its turns come.
 * @module
 */

/** The most that a run is charged with: a multiple of the expected time, and that and so much. */
const MULTIPLE = 4;
const MORE_MS = 100;

/**
 * Returns the milliseconds that a run is charged with. One that has been answered, but long after
 * the expected time, was late for a reason that is not its own, as when the process is suspended:
 * its queue would have no turn until the others have used as much. One that fails or hangs is
 * charged all.
 */
export function chargeOf(ms: number, expectedMs: number, isAnswered: boolean): number {
  if (!isAnswered || expectedMs <= 0) return ms;
  return Math.min(ms, Math.max(MULTIPLE * expectedMs, expectedMs + MORE_MS));
}
