/**
 * Backoff: the wait before a lost worker is replaced.
 * @module
 */

const FIRST_MS = 100;
const MAX_MS = 10_000;
/** The most losses in a row that are attributed to calls. */
const MAX_BY_CALLS = 32;

/**
 * Returns the wait before a replacement, in milliseconds: none after a first loss, then 100 ms,
 * doubled with each further one, at most 10 s. A worker that ran a call was most likely ended by
 * it, and is replaced at once, up to 32 times in a row: it takes several workers to find that call
 * in its batch, while the others wait.
 *
 * @param losses the workers lost in that place since one last answered, from 1
 * @param ranCall true if the last of them was lost while it ran a call
 */
export function backoffMs(losses: number, ranCall: boolean): number {
  const counted = ranCall ? losses - MAX_BY_CALLS : losses;
  return counted < 2 ? 0 : Math.min(FIRST_MS * 2 ** (counted - 2), MAX_MS);
}
