/**
 * measure(): counts every request and its time, from its head to the end of its answer.
 * @module
 */

import type { Context } from "hono";
import type { RequestMetrics } from "../service/request-metrics.ts";
import { traceOf } from "../service/trace.ts";
import { METRICS_PATH } from "./metrics.ts";
import { STREAM_ENDED } from "./stream.ts";

/** What requests for paths that are not there count as: callers may name any number of them. */
const UNKNOWN = "(unknown)";

/**
 * What begins to count a request, unless it is a scrape, and gives what is to be called when it has
 * been answered.
 *
 * @param paths what is there
 */
export function measure(
  requests: RequestMetrics,
  paths: ReadonlySet<string>,
): (c: Context) => (() => void) | undefined {
  return (c) => {
    const { path } = c.req;
    if (path === METRICS_PATH) return undefined;
    const end = requests.begin(paths.has(path) ? path : UNKNOWN);
    return () => {
      const trace = traceOf(c.req.header("traceparent"));
      const streamed: Promise<number> | undefined = c.get(STREAM_ENDED);
      if (streamed === undefined) end(c.res.status, trace);
      else void streamed.then((status) => end(status, trace));
    };
  };
}
