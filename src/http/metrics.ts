/**
 * `/metrics`: the endpoint that Prometheus scrapes.
 * @module
 */

import { Hono } from "hono";
import { requestId } from "hono/request-id";
import type { Access } from "../access/access.ts";
import {
  NO_SNIFFING,
  RESOURCE_POLICY,
  resourcePolicy,
  TYPE_OPTIONS,
} from "../access/safe-headers.ts";
import { ServiceError } from "../error.ts";
import type { MetricsRegistry } from "../metrics/registry.ts";
import { acceptedCodings } from "./accept-encoding.ts";
import { answerError, refuseMethod } from "./error-response.ts";
import { accessRequestOf } from "./server-env.ts";

export const METRICS_PATH = "/metrics";

/**
 * An application of metrics alone, at `/metrics` and, as for BentoML's gRPC server, at `/`.
 *
 * @param access who may read them
 */
export function metricsApp(registry: MetricsRegistry, access: Access | undefined): Hono {
  const hono = new Hono();
  hono.onError((error, c) => answerError(c, ServiceError.from(error)));
  hono.use(requestId());
  hono.use(async function checkAccess(c, next) {
    const request = accessRequestOf(c);
    c.header(TYPE_OPTIONS, NO_SNIFFING);
    c.header(RESOURCE_POLICY, resourcePolicy(access?.cors));
    access?.enter(request, (name, value) => c.header(name, value), "metrics");
    access?.checkOrigin(request, undefined, true);
    return await next();
  });
  for (const path of ["/", METRICS_PATH]) metricsRoute(hono, registry, path);
  return hono;
}

/** Adds the route. A scrape chooses the format, and whether the answer is compressed. */
export function metricsRoute(
  hono: Hono,
  registry: MetricsRegistry,
  path: string = METRICS_PATH,
): void {
  hono.get(path, async (c) => {
    const { contentType, body } = await registry.expose(c.req.header("accept") ?? null);
    const headers = { "content-type": contentType, vary: "accept, accept-encoding" };
    const { best } = acceptedCodings(c.req.header("accept-encoding"), ["gzip"]);
    if (best === undefined) return c.body(body, 200, headers);
    const zipped = body.pipeThrough(new CompressionStream("gzip"));
    return c.body(zipped, 200, { ...headers, "content-encoding": "gzip" });
  });
  hono.all(path, refuseMethod("GET"));
}
