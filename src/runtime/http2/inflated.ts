/**
 * Counting what compressed messages inflate to as their call's: those who decompress are not told
 * whose message it is.
 * @module
 */

import { AsyncLocalStorage } from "node:async_hooks";
import type { Share } from "../../byte-budget.ts";

const current = new AsyncLocalStorage<Share>();

/** Runs work whose messages, as they are decompressed, are held by a share. */
export function countInflated<T>(share: Share, work: () => T): T {
  return current.run(share, work);
}

/**
 * Counts a message: the latest of a call is the one that it holds.
 *
 * @throws what the share was opened with where there is no room
 */
export function holdInflated(bytes: number): void {
  current.getStore()?.hold(bytes);
}
