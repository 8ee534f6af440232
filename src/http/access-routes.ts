/**
 * The access to what is not an API: metrics, documents, the page, mounts; and preflights.
 * @module
 */

import type { Context, Hono, Next } from "hono";
import type { Access, Reach } from "../access/access.ts";
import type { Cors } from "../access/cors.ts";
import { isPreflight } from "../access/request.ts";
import { NO_SNIFFING, TYPE_OPTIONS } from "../access/safe-headers.ts";
import { ServiceError } from "../error.ts";
import { REQUEST_ID, requestIdOf } from "../invocation/request-id.ts";
import { isWithin } from "../service/mounts.ts";
import { arrived } from "../service/request-listener.ts";
import { type RequestCounter, UNKNOWN } from "../service/request-metrics.ts";
import type { Service } from "../service/service.ts";
import { PROBES } from "./health.ts";
import { METRICS_PATH } from "./metrics.ts";
import { OIP_LIVE, OIP_READY } from "./oip/routes.ts";
import { PAGE_PATH } from "./page/page.ts";
import { errorParts } from "./reply.ts";
import { accessRequestOf } from "./server-env.ts";

/** The paths that anyone may ask, whatever page they come from. */
const HEALTH: ReadonlySet<string> = new Set([...PROBES, OIP_LIVE, OIP_READY]);

/**
 * Adds the checks of access, before the routes.
 *
 * @param isPage true if there is a page at `/`
 */
export function accessRoutes(
  hono: Hono,
  access: Access,
  { mounts, isPage }: Pick<Service, "mounts"> & { readonly isPage: boolean },
): void {
  hono.use(async function checkAccess(c: Context, next: Next) {
    const { path } = c.req;
    if (HEALTH.has(path)) return await next();
    const request = accessRequestOf(c);
    const isMounted = mounts.some((mount) => isWithin(path, mount.path));
    const isOpen = access.openPaths.has(path) || (isPage && !isMounted && path === PAGE_PATH);
    const reach: Reach = isOpen ? "open" : path === METRICS_PATH ? "metrics" : "call";
    access.enter(request, (name, value) => c.header(name, value), reach);
    // An application that is mounted has rules of its own.
    if (!isMounted) access.checkOrigin(request, undefined, true);
    return await next();
  });
}

/** Answers requests of browsers. */
type Fetch = Hono["fetch"];

/** Wraps a `fetch()` so that web pages of the origins that may call can. */
export function corsFetch(fetch: Fetch, cors: Cors, requests?: RequestCounter): Fetch {
  return (request, env, executionCtx) => {
    const { method, headers } = request;
    const header = (name: string): string | null => headers.get(name);
    if (isPreflight({ method, header })) {
      const response = preflight(request, cors);
      requests?.begin(UNKNOWN, arrived(request)).end(response.status);
      return response;
    }
    const answer = fetch(request, env, executionCtx);
    const origin = headers.get("origin");
    if (answer instanceof Promise) return answer.then((response) => cors.mark(response, origin));
    return cors.mark(answer, origin);
  };
}

function preflight({ headers }: Request, cors: Cors): Response {
  const requestId = requestIdOf(headers.get(REQUEST_ID));
  const allowed = cors.preflight((name) => headers.get(name));
  if (allowed !== undefined) {
    allowed.set(REQUEST_ID, requestId);
    return new Response(null, { status: 204, headers: allowed });
  }
  const text = `Pages of ${headers.get("origin")?.slice(0, 200)} may not call this server`;
  const parts = errorParts(new ServiceError("permission_denied", text), requestId);
  const { status, body, type = "" } = parts;
  const id = { [REQUEST_ID]: requestId, [TYPE_OPTIONS]: NO_SNIFFING };
  const init = { "content-type": type, vary: "Origin", ...id };
  return new Response(body, { status, headers: init });
}
