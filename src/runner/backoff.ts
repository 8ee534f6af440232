/**
 * Backoff: how long a lost worker's place stays empty.
 * @module
 */

const FIRST_MS = 100;
const MAX_MS = 10_000;

/**
 * The wait before a replacement, in milliseconds: none after a first loss, then 100 ms, doubled
 * with each further one, at most 10 s.
 *
 * @param losses workers lost in that place since one last answered, from 1
 */
export function backoffMs(losses: number): number {
  return losses < 2 ? 0 : Math.min(FIRST_MS * 2 ** (losses - 2), MAX_MS);
}
