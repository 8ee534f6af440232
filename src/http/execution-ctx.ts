/**
 * executionCtxOf(): the execution context of a request, which hosts such as Workers have.
 * @module
 */

import type { ExecutionContext, Context as HonoContext } from "hono";

/** Returns the execution context of a request; undefined if its host has none. */
export function executionCtxOf(c: HonoContext): ExecutionContext | undefined {
  try {
    return c.executionCtx;
  } catch {
    return undefined;
  }
}
