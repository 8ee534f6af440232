/**
 * Runtimes without a process to measure: browsers and workerd.
 * @module
 */

import type { PromRegistry } from "../included.ts";

/** Returns false: there is no process to measure. */
export function hasProcessMetrics(): boolean {
  return false;
}

/** Does nothing. */
export function measureSoon(): void {}

/** @throws Error always: there is no process to measure */
export async function processMetrics(): Promise<PromRegistry> {
  throw new Error("this runtime has no process to measure: leave out processMetrics");
}
