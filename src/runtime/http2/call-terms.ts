/**
 * CallTerms: what the calls of a server have in common.
 * @module
 */

import type { Cors } from "../../access/cors.ts";
import type { ByteBudget } from "../../byte-budget.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Http2Limits } from "./limits.ts";

/** The parts that all calls of a server share. */
export interface CallTerms {
  readonly limits: Http2Limits;
  readonly budget: ByteBudget;
  readonly deadlines: Deadlines;
  /** The pages of other origins that may call; undefined for none. */
  readonly cors: Cors | undefined;
  /** Called when a call has ended and its stream is closed. */
  readonly onClose: () => void;
}
