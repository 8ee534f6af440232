/**
 * `/metrics`: the endpoint that Prometheus scrapes.
 * @module
 */

import { Hono } from "hono";
import type { MetricsRegistry } from "../metrics/registry.ts";
import { refuseMethod } from "./error-response.ts";

export const METRICS_PATH = "/metrics";

/** An application of metrics alone, at `/metrics` and, as for BentoML's gRPC server, at `/`. */
export function metricsApp(registry: MetricsRegistry): Hono {
  const hono = new Hono();
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
    if (!takesGzip(c.req.header("accept-encoding"))) return c.body(body, 200, headers);
    const zipped = body.pipeThrough(new CompressionStream("gzip"));
    return c.body(zipped, 200, { ...headers, "content-encoding": "gzip" });
  });
  hono.all(path, refuseMethod("GET"));
}

/** Returns true if Accept-Encoding allows gzip: by name or `*`, not with `q=0` (RFC 9110). */
function takesGzip(header = ""): boolean {
  const weights = new Map<string, number>();
  for (const each of header.toLowerCase().split(",")) {
    const [, coding, q = "1"] = /^\s*([^;\s]+)\s*(?:;\s*q\s*=\s*([\d.]+))?\s*$/.exec(each) ?? [];
    if (coding !== undefined) weights.set(coding, Number(q));
  }
  return (weights.get("gzip") ?? weights.get("*") ?? 0) > 0;
}
