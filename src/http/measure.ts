/**
 * measure(): counts every request and its time, from its head to the end of its answer.
 * @module
 */

import type { Context } from "hono";
import { WireStatus } from "../rpc/wire-status.ts";
import { isWithin, type Mount } from "../service/mounts.ts";
import { type RequestCounter, UNKNOWN } from "../service/request-metrics.ts";
import { traceOf } from "../service/trace.ts";
import { METRICS_PATH } from "./metrics.ts";
import { isStreamed } from "./stream.ts";

/** The variable of Hono's context that holds the counted request. */
export const COUNTED = "countedRequest";

/**
 * Returns a function that begins to count a request, unless it is a scrape. That returns a function
 * to call when the request has been answered. A stream ends its count itself.
 *
 * @param paths the paths of the application; all others are counted as one
 * @param mounts the mounts, each of which is counted as one path
 */
export function measure(
  requests: RequestCounter,
  paths: ReadonlySet<string>,
  mounts: readonly Pick<Mount, "path">[] = [],
): (c: Context) => (() => void) | undefined {
  return (c) => {
    const { path, method } = c.req;
    if (path === METRICS_PATH && (method === "GET" || method === "HEAD")) return undefined;
    const isKnown = paths.has(path);
    const endpoint = isKnown ? path : mounts.find((mount) => isWithin(path, mount.path))?.path;
    const counted = requests.begin(endpoint ?? UNKNOWN);
    c.set(COUNTED, counted);
    return () => {
      if (isStreamed(c.req.raw)) return;
      const status = endpoint !== undefined ? c.res.status : statusOf(c.res);
      counted.end(status, traceOf(c.req.header("traceparent")));
    };
  };
}

/** Returns the status of a call of an unknown method, which over gRPC-Web is HTTP's 200. */
function statusOf({ status, headers }: Response): number {
  const type = headers.get("content-type") ?? "";
  return new WireStatus(status, type, headers.get("grpc-status")).status ?? status;
}
