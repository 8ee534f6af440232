/**
 * The health checks of the Open Inference Protocol. Their statuses are the answer; the bodies are
 * for KServe's client, which reads them.
 * @module
 */

import type { Hono } from "hono";
import type { Service } from "../../service/service.ts";
import { methodError } from "../error-response.ts";
import { OIP_LIVE, OIP_READY } from "./routes.ts";

/**
 * Adds the health checks. One that is not ready answers 400, as the specification says ("a 4xx
 * status code indicates false") and Triton does; `/readyz` answers 503.
 */
export function oipHealth(hono: Hono, service: Service): void {
  hono.get(OIP_LIVE, (c) => c.json({ live: true }));
  hono.get(OIP_READY, (c) => {
    const { whyNotReady } = service;
    if (whyNotReady === undefined) return c.json({ ready: true, live: true });
    return c.json({ ready: false, live: true, error: whyNotReady }, 400);
  });
  for (const path of [OIP_LIVE, OIP_READY]) {
    hono.all(path, (c) => {
      const allow = "GET, HEAD";
      const { message } = methodError(path, c.req.method, allow);
      return c.json({ error: message }, 405, { allow });
    });
  }
}
