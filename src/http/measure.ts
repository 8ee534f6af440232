/**
 * measure(): counts every request and its time, from its head to the end of its answer.
 * @module
 */

import type { Context } from "hono";
import { WireStatus } from "../rpc/wire-status.ts";
import { type RequestCounter, UNKNOWN } from "../service/request-metrics.ts";
import { traceOf } from "../service/trace.ts";
import { METRICS_PATH } from "./metrics.ts";
import { STREAM_ENDED } from "./stream.ts";

/**
 * Returns a function that begins to count a request, unless it is a scrape. What that returns is
 * called when the request has been answered.
 *
 * @param paths the paths of the application; all others are counted as one
 */
export function measure(
  requests: RequestCounter,
  paths: ReadonlySet<string>,
): (c: Context) => (() => void) | undefined {
  return (c) => {
    const { path, method } = c.req;
    if (path === METRICS_PATH && (method === "GET" || method === "HEAD")) return undefined;
    const isKnown = paths.has(path);
    const counted = requests.begin(isKnown ? path : UNKNOWN);
    return () => {
      const trace = traceOf(c.req.header("traceparent"));
      const streamed: Promise<number> | undefined = c.get(STREAM_ENDED);
      if (streamed === undefined) counted.end(isKnown ? c.res.status : statusOf(c.res), trace);
      else void streamed.then((status) => counted.end(status, trace));
    };
  };
}

/** Returns the status of a call of an unknown method, which over gRPC-Web is HTTP's 200. */
function statusOf({ status, headers }: Response): number {
  const type = headers.get("content-type") ?? "";
  return new WireStatus(status, type, headers.get("grpc-status")).status ?? status;
}
