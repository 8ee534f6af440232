/**
 * httpApp(): the HTTP application of a service, for any server that calls `fetch(Request)`.
 * @module
 */

import { type Context, Hono } from "hono";
import { requestId } from "hono/request-id";
import { decompress } from "#decompress";
import { BENTOML_IO } from "../bentoml/compatibility.ts";
import { ByteBudget, defaultHeldBytes } from "../byte-budget.ts";
import { checkCount } from "../check.ts";
import { systemClock } from "../clock.ts";
import { ServiceError } from "../error.ts";
import { REQUEST_ID } from "../invocation/request-id.ts";
import { excerpt } from "../io/wording.ts";
import { DEFAULT_MAX_BODY_BYTES, DEFAULT_TIMEOUT_MS } from "../limits.ts";
import { ensureLogging, log } from "../log.ts";
import { rpcFetch } from "../rpc/fetch.ts";
import { rpcPaths, rpcRoutes } from "../rpc/routes.ts";
import { unknownMethod } from "../rpc/unknown-method.ts";
import { requestCounter } from "../service/request-metrics.ts";
import type { Service } from "../service/service.ts";
import { apiRoutes } from "./apis.ts";
import { discardBody } from "./body.ts";
import { checksLength } from "./checked-length.ts";
import { answerError } from "./error-response.ts";
import { healthRoutes, PROBES } from "./health.ts";
import type { HttpAppOptions } from "./http-options.ts";
import { measure } from "./measure.ts";
import { METRICS_PATH, metricsRoute } from "./metrics.ts";
import { mountRoutes } from "./mounts.ts";
import { DOCS_PATH, docsRoute } from "./openapi.ts";

/**
 * Makes the HTTP application of a service, without starting it: `POST` to each API's route,
 * `/livez`, `/readyz`, `/healthz`, `/metrics`, `/docs.json`; and calls over Connect and gRPC-Web.
 * Every error is one JSON object, `{ error, code, request_id }`.
 */
export function httpApp(service: Service, options: HttpAppOptions = {}): Hono {
  ensureLogging();
  const maxBodyBytes = checkCount("maxBodyBytes", options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES);
  const maxHeldBytes = options.maxHeldBytes ?? defaultHeldBytes(maxBodyBytes);
  const settings = {
    clock: options.clock ?? systemClock,
    ...(options.pictures === undefined ? {} : { pictures: options.pictures }),
    ...(options.compatibility === true ? BENTOML_IO : {}),
    decompress,
    budget: options.budget ?? new ByteBudget(checkCount("maxHeldBytes", maxHeldBytes)),
    maxBodyBytes,
    timeoutMs: checkCount("timeoutMs", options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
  };
  const hono = new Hono();
  const { enabled = true } = options.metrics ?? {};
  const routes = options.routes ?? rpcRoutes(service, options);
  const rpc = rpcFetch(routes, {
    ...(options.compressions === undefined ? {} : { compressions: options.compressions }),
    clock: settings.clock,
    budget: settings.budget,
    ...(options.countInflated === undefined ? {} : { countInflated: options.countInflated }),
    maxMessageBytes: settings.maxBodyBytes,
    timeoutMs: settings.timeoutMs,
  });
  const requests = requestCounter(service, "http", options.metrics);
  const begin = measure(requests, new Set(pathsOf(service)), service.mounts);
  // One middleware for counting and request ids: another would cost as much as the counting.
  hono.use(async function enter(c, next) {
    // These are counted as calls, by the names of their APIs.
    const called = rpc(c.req.raw, checksLength(c.env));
    if (called !== undefined) {
      const answer = await called;
      // The next call should use another connection, which may lead to another server.
      if (service.admission.stopping) answer.headers.set("connection", "close");
      return answer;
    }
    const end = begin(c);
    try {
      await next();
    } catch (thrown) {
      c.res = failed(thrown, c); // Hono passes on what is not an Error
    }
    await discardBody(c, settings.clock);
    if (c.req.method === "HEAD" && c.res.body !== null) await measureBody(c);
    end?.();
    return undefined;
  });
  hono.use(requestId());
  if (enabled) metricsRoute(hono, service.metrics);
  healthRoutes(hono, service);
  docsRoute(hono, service, enabled);
  hono.use(async function drain(c, next) {
    try {
      service.admission.admit();
      await next();
    } finally {
      // The next request should use another connection, which may lead to another server.
      if (service.admission.stopping) c.header("connection", "close");
    }
  });
  apiRoutes(hono, service, settings);
  if (service.mounts.length > 0) mountRoutes(hono, service, rpcPaths(routes), settings);
  hono.notFound((c) => {
    const answer = unknownMethod(c.req.path, c.req.raw.headers);
    if (answer !== undefined) {
      answer.headers.set(REQUEST_ID, c.get("requestId"));
      return answer;
    }
    const known = [...service.routes, ...service.mounts].map(({ path }) => path).join(", ");
    const text = `There is nothing at ${excerpt(c.req.path)}; the service has ${known}`;
    return answerError(c, new ServiceError("not_found", text));
  });
  hono.onError(failed);
  return hono;
}

/** Makes the answer for what a route has thrown, which is logged unless it is for the caller. */
function failed(thrown: unknown, c: Context): Response {
  const error = ServiceError.from(thrown);
  if (error !== thrown) log.error("{path} failed: {thrown}", { path: c.req.path, thrown });
  return answerError(c, error);
}

/** Sets the length of an answer to HEAD to that of GET: servers do not measure an unsent body. */
async function measureBody(c: Context): Promise<void> {
  const { length } = await c.res.bytes();
  c.res = new Response(null, c.res);
  c.res.headers.set("content-length", String(length));
}

/** Returns the paths of the application, except those of calls; `/a/*` for all below a mount. */
export function pathsOf({ routes, mounts }: Service): readonly string[] {
  const paths = [...routes, ...mounts].map(({ path }) => path);
  return [...PROBES, DOCS_PATH, METRICS_PATH, ...paths, ...mounts.map(({ path }) => `${path}/*`)];
}
