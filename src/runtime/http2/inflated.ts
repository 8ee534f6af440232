/**
 * Counts decompressed messages towards their call: Connect does not pass the call of a message to
 * its decompressors.
 * @module
 */

import { AsyncLocalStorage } from "node:async_hooks";
import type { Share } from "../../byte-budget.ts";

const current = new AsyncLocalStorage<Share>();

/** Runs work, and counts the messages that it decompresses towards a share. */
export function countInflated<T>(share: Share, work: () => T): T {
  return current.run(share, work);
}

/**
 * Counts a message: of each call, the latest one is held.
 *
 * @throws the error of the share if the budget is used up
 */
export function holdInflated(bytes: number): void {
  current.getStore()?.hold(bytes);
}
