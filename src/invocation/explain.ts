/**
 * Explanations: for a request with the header `Ekiben-Explain: 1`, the answer names its batches.
 * @module
 */

import type { CallRecord } from "../runner/call-options.ts";

/** The header of the request, and the header or trailer of the answer. */
export const EXPLAIN = "ekiben-explain";

/**
 * Returns the calls of runners as a list, one item a call, in the form of RFC 8941's parameters:
 * `mnist;method=classify;rows=3;requests=3;wait-ms=1.204;run-ms=8.310;reason=idle`.
 */
export function explanationOf(calls: readonly CallRecord[]): string {
  const items = calls.map(
    ({ runner, method, batchRows, batchRequests, waitMs, runMs, reason }) =>
      `${runner};method=${method};rows=${batchRows};requests=${batchRequests};` +
      `wait-ms=${waitMs.toFixed(3)};run-ms=${runMs.toFixed(3)};reason=${reason}`,
  );
  return items.join(", ");
}
