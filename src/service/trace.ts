/**
 * The trace that a request belongs to.
 * @module
 */

/** The id in a header of W3C's Trace Context: `00-<trace>-<parent>-<flags>`. */
export function traceOf(traceparent: string | null | undefined): string | undefined {
  if (traceparent === undefined || traceparent === null) return undefined;
  const [, trace] = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/.exec(traceparent) ?? [];
  return trace === undefined || /^0+$/.test(trace) ? undefined : trace;
}
