/**
 * contextOf(): the Context of a call of a mounted service.
 * @module
 */

import type { ContextKey, HandlerContext } from "@connectrpc/connect";
import type { Context } from "../service/context.ts";

/**
 * The key of the Context in a call's context values. Connect's `createContextKey()` would load its
 * library with every service.
 */
export const CONTEXT: ContextKey<Context | undefined> = {
  id: Symbol("ekiben"),
  defaultValue: undefined,
};

/**
 * Returns the Context of a call of a mounted service: its request id, its deadline, and the headers
 * and trailers of its answer. Pass it to runners.
 *
 * @throws TypeError for a call of a service that is mounted elsewhere
 *
 * @example
 * router.service(Greeter, {
 *   greet: async ({ name }, handler) => greeter.greet(name, contextOf(handler)),
 * });
 */
export function contextOf(handler: HandlerContext): Context {
  const context = handler.values.get(CONTEXT);
  if (context !== undefined) return context;
  throw new TypeError(`${handler.service.typeName} has no Context: the service did not mount it`);
}
