/**
 * measure(): counts every request and its time, from its head to the end of its answer.
 * @module
 */

import type { Context } from "hono";
import { isWithin, type Mount } from "../service/mounts.ts";
import { arrived, sentBody } from "../service/request-listener.ts";
import { type RequestCounter, UNKNOWN } from "../service/request-metrics.ts";
import { traceOf } from "../service/trace.ts";
import { METRICS_PATH } from "./metrics.ts";
import { peerOf } from "./server-env.ts";
import { isStreamed } from "./stream.ts";

/** The variable of Hono's context that holds the counted request. */
export const COUNTED = "countedRequest";

/** The variable that holds the status to count, where it is not that of HTTP. */
const COUNTED_STATUS = "countedStatus";

/** Counts a request by another status than that of its answer. */
export function countAs(c: Context, status: number): void {
  c.set(COUNTED_STATUS, status);
}

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
    const counted = requests.begin(
      endpoint ?? UNKNOWN,
      arrived(c.req.raw, () => peerOf(c.req.raw, c.env)),
    );
    c.set(COUNTED, counted);
    return () => {
      if (isStreamed(c.req.raw)) return;
      const status: number = c.get(COUNTED_STATUS) ?? c.res.status;
      const id: unknown = c.get("requestId");
      const requestId = typeof id === "string" ? id : undefined;
      counted.end(status, traceOf(c.req.header("traceparent")), requestId, sentBody(c.res));
    };
  };
}
