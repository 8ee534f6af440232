/**
 * The probes: `/livez`, `/readyz`, and `/healthz`, BentoML's older name for `/livez`.
 * @module
 */

import type { Hono } from "hono";
import { ServiceError } from "../error.ts";
import type { Service } from "../service/service.ts";
import { refuseMethod } from "./error-response.ts";

/** The paths of the probes. */
export const PROBES = ["/livez", "/healthz", "/readyz"] as const;

/** Adds the probes. They answer 200 with an empty line, as BentoML's do. */
export function healthRoutes(hono: Hono, service: Service): void {
  hono.get("/livez", (c) => c.text("\n"));
  hono.get("/healthz", (c) => c.text("\n"));
  hono.get("/readyz", (c) => {
    const { whyNotReady } = service;
    if (whyNotReady === undefined) return c.text("\n");
    throw new ServiceError("unavailable", whyNotReady);
  });
  for (const path of PROBES) hono.all(path, refuseMethod("GET"));
}
