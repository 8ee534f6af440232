/**
 * The trace that a request belongs to.
 * @module
 */

/**
 * Returns the trace id in a header `traceparent` of W3C's Trace Context, whose form is
 * `00-<trace>-<parent>-<flags>`; undefined if there is none, or an invalid one.
 */
export function traceOf(traceparent: string | null | undefined): string | undefined {
  if (traceparent === undefined || traceparent === null) return undefined;
  const [, trace] = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/.exec(traceparent) ?? [];
  return trace === undefined || /^0+$/.test(trace) ? undefined : trace;
}
