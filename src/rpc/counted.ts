/**
 * Where a handler finds how its call is counted: the server counts each call once, from its first
 * byte to the end of its answer, and the handler says what it is and how it has ended.
 * @module
 */

import {
  type ContextValues,
  createContextKey,
  createContextValues,
  type HandlerContext,
} from "@connectrpc/connect";
import type { CountedRequest } from "../service/request-metrics.ts";
import { factsOf } from "./call-facts.ts";

const COUNTED = createContextKey<CountedRequest | undefined>(undefined, {
  description: "how the call is counted",
});

/** The values of a call's context, for Connect's handlers. */
export function valuesWith(counted: CountedRequest | undefined): ContextValues {
  return createContextValues().set(COUNTED, counted);
}

/** How a call is counted; undefined where its server does not count. */
export function countedOf(handler: HandlerContext): CountedRequest | undefined {
  const facts = factsOf(handler);
  return facts === undefined ? handler.values.get(COUNTED) : facts.counted;
}
