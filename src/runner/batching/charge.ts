/**
 * The charge of runs: what a queue has used the workers, by which its turns come.
 * @module
 */

/** The most that a run is charged with: a multiple of the expected time, and that and so much. */
const MULTIPLE = 4;
const MORE_MS = 100;

/**
 * Gives back what a run that has been answered was charged with beyond what may be expected of it.
 * Such a run was late for a reason that is not its own, as when the process is suspended: its queue
 * would have no turn until the others have used as much. A run that fails or hangs is charged all.
 *
 * @param used charges milliseconds of a worker
 */
export function giveBackExcess(used: (ms: number) => void, ms: number, expectedMs: number): void {
  if (expectedMs <= 0) return; // nothing is known
  const excessMs = ms - Math.max(MULTIPLE * expectedMs, expectedMs + MORE_MS);
  if (excessMs > 0) used(-excessMs);
}
