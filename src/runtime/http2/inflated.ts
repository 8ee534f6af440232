/**
 * Counting what compressed messages inflate to towards their call: Connect does not tell its
 * decompressors which call a message is of.
 * @module
 */

import { AsyncLocalStorage } from "node:async_hooks";
import type { Share } from "../../byte-budget.ts";

const current = new AsyncLocalStorage<Share>();

/** Runs work, and counts the messages that are decompressed meanwhile towards a share. */
export function countInflated<T>(share: Share, work: () => T): T {
  return current.run(share, work);
}

/**
 * Counts a message: of each call, the latest one is held.
 *
 * @throws the error of the share if there is no room
 */
export function holdInflated(bytes: number): void {
  current.getStore()?.hold(bytes);
}
