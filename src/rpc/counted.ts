/**
 * Passing a call's record in the metrics to its handler. The server counts each call once, from its
 * first byte to the end of its answer; the handler adds which API it is of, and how it ended.
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

/** Returns the context values of a call, for Connect's handlers. */
export function valuesWith(counted: CountedRequest | undefined): ContextValues {
  return createContextValues().set(COUNTED, counted);
}

/** Returns the record of a call; `undefined` if its server does not count. */
export function countedOf(handler: HandlerContext): CountedRequest | undefined {
  const facts = factsOf(handler);
  return facts === undefined ? handler.values.get(COUNTED) : facts.counted;
}
