/**
 * httpApp(): the HTTP application of a service, for any server that calls `fetch(Request)`.
 * @module
 */

import { type Context, Hono } from "hono";
import { requestId } from "hono/request-id";
import { decompress } from "#compression";
import type { Cors } from "../access/cors.ts";
import {
  NO_SNIFFING,
  RESOURCE_POLICY,
  resourcePolicy,
  TYPE_OPTIONS,
} from "../access/safe-headers.ts";
import { BENTOML_IO } from "../bentoml/compatibility.ts";
import { ByteBudget, defaultHeldBytes } from "../byte-budget.ts";
import { checkCount } from "../check.ts";
import { type Clock, systemClock } from "../clock.ts";
import { ServiceError } from "../error.ts";
import { AnswerTimes } from "../invocation/answer-times.ts";
import { listenedTo } from "../invocation/listeners.ts";
import { middlewareOf } from "../invocation/middleware.ts";
import { REQUEST_ID } from "../invocation/request-id.ts";
import { withSharedTimers } from "../invocation/shared-timers.ts";
import { excerpt } from "../io/wording.ts";
import { DEFAULT_MAX_BODY_BYTES, DEFAULT_TIMEOUT_MS } from "../limits.ts";
import { ensureLogging, httpLog as log } from "../log.ts";
import type { RpcFetch } from "../rpc/fetch.ts";
import { type LateFetchOptions, lateFetch } from "../rpc/late-fetch.ts";
import { LateRpc } from "../rpc/late-rpc.ts";
import { pathOf } from "../rpc/path-of.ts";
import { unknownCall } from "../rpc/unknown-call.ts";
import { requestCounter } from "../service/request-metrics.ts";
import type { Service } from "../service/service.ts";
import { accessRoutes, corsFetch } from "./access-routes.ts";
import { type ApiHandlers, apiHandlers } from "./apis.ts";
import { discardBody } from "./body.ts";
import { answerError, refuseMethod } from "./error-response.ts";
import { executionCtxOf } from "./execution-ctx.ts";
import { healthRoutes, PROBES } from "./health.ts";
import type { HttpHost, RequestSettings } from "./http-call.ts";
import type { HttpAppOptions } from "./http-options.ts";
import { countAs, measure } from "./measure.ts";
import { METRICS_PATH, metricsRoute } from "./metrics.ts";
import { BODY_READ, mountRoutes } from "./mounts.ts";
import { OipHandlers } from "./oip/handlers.ts";
import { oipHealth } from "./oip/health.ts";
import { OIP_PATHS } from "./oip/routes.ts";
import { DOCUMENT_PATHS, documentRoutes, SCHEMA_PATH } from "./openapi/routes.ts";
import { hasPage, PAGE_PATH, pageRoute } from "./page/page.ts";
import { checksLength, peerOf } from "./server-env.ts";

/**
 * Makes the HTTP application of a service, without starting it: `POST` to each API's route,
 * `/livez`, `/readyz`, `/healthz`, `/metrics`, `/openapi.json`, `/docs.json`; the page at `/`; the
 * models at `/v2`; and calls over Connect and gRPC-Web. Every error is one JSON object, of the form
 * `{ error, code, request_id }`; at `/v2`, `{ error }`.
 */
export function httpApp(service: Service, options: HttpAppOptions = {}): Hono {
  return openHttpApp(service, options).hono;
}

/** The application, and the handlers of its APIs, for servers that can do without a `Request`. */
export interface HttpApp {
  readonly hono: Hono;
  readonly apis: ApiHandlers;
}

/** As `httpApp()`, for a server. */
export function openHttpApp(service: Service, options: HttpAppOptions = {}): HttpApp {
  ensureLogging();
  const settings = settingsOf(options);
  const hono = new Hono();
  const { enabled = true } = options.metrics ?? {};
  const calls = options.rpc ?? new LateRpc(service, options);
  const rpc = lateFetch(calls, rpcOptionsOf(options, settings));
  const requests = requestCounter(service, "http", listenedTo("http", options));
  const { access } = options;
  const { cors } = access ?? {};
  const policy = resourcePolicy(cors);
  const { apis, oip } = handlersOf({ service, settings, requests, access });
  // Before the counting below: they count themselves. Requests come here only by an escaped path.
  for (const [path, { takesAll, respond }] of apis) {
    const handle = (c: Context) => respond(c.req.raw, c.env, executionCtxOf(c));
    if (takesAll) hono.all(path, handle);
    else hono.post(path, handle);
  }
  const isPage = hasPage(options.ui);
  const paths = [...pathsOf(service), ...(isPage ? [PAGE_PATH] : [])];
  const begin = measure(requests, new Set(paths), service.mounts);
  // One middleware for counting and request ids: another would cost as much as the counting.
  hono.use(async function enter(c, next) {
    const end = begin(c);
    // A `Response` that an application has made itself does not get them.
    c.header(TYPE_OPTIONS, NO_SNIFFING);
    c.header(RESOURCE_POLICY, policy);
    try {
      await next();
    } catch (thrown) {
      c.res = failed(thrown, c); // Hono passes on what is not an Error
    }
    if (!(await isReusable(c, settings.clock))) c.header("connection", "close");
    if (c.req.method === "HEAD" && c.res.body !== null) await measureBody(c);
    end?.();
    return undefined;
  });
  hono.use(requestId());
  if (access !== undefined) accessRoutes(hono, access, { mounts: service.mounts, isPage });
  if (enabled) metricsRoute(hono, service.metrics);
  healthRoutes(hono, service);
  if (oip !== undefined) oipHealth(hono, service);
  const { nonFinite = "null" } = settings;
  documentRoutes(hono, service, { hasMetrics: enabled, hasPage: isPage, nonFinite, access });
  if (isPage) pageRoute(hono, options);
  hono.use(async function drain(c, next) {
    try {
      service.admission.admit();
      await next();
    } finally {
      // The next request should use another connection, which may lead to another server.
      if (service.admission.stopping) c.header("connection", "close");
    }
  });
  for (const { path } of service.routes) hono.all(path, refuseMethod("POST"));
  if (service.mounts.length > 0) mountRoutes(hono, service, [...calls.paths], settings);
  hono.notFound(async (c) => {
    const answer = await unknownCall(c.req.path, c.req.raw.headers);
    if (answer !== undefined) {
      const { response, status } = answer;
      countAs(c, status);
      response.headers.set(REQUEST_ID, c.get("requestId"));
      response.headers.set(TYPE_OPTIONS, NO_SNIFFING);
      return response;
    }
    const known = [...service.routes, ...service.mounts].map(({ path }) => path).join(", ");
    const text = `There is nothing at ${excerpt(c.req.path)}; the service has ${known}`;
    return answerError(c, new ServiceError("not_found", text));
  });
  hono.onError(failed);
  const all: ApiHandlers = { get: (path) => apis.get(path) ?? oip?.get(path) };
  const fetch = direct(hono, { rpc, apis: all, service, cors });
  Object.assign(hono, { fetch: cors === undefined ? fetch : corsFetch(fetch, cors, requests) });
  return { hono, apis: all };
}

/** Returns the settings of all requests. @throws RangeError for a bound out of its range */
function settingsOf(options: HttpAppOptions): RequestSettings {
  const maxBodyBytes = checkCount("maxBodyBytes", options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES);
  const maxHeldBytes = options.maxHeldBytes ?? defaultHeldBytes(maxBodyBytes);
  return {
    clock: options.clock ?? systemClock,
    ...(options.pictures === undefined ? {} : { pictures: options.pictures }),
    ...(options.compatibility === true ? BENTOML_IO : {}),
    decompress,
    budget: options.budget ?? new ByteBudget(checkCount("maxHeldBytes", maxHeldBytes)),
    maxBodyBytes,
    timeoutMs: checkCount("timeoutMs", options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
  };
}

/** Returns the handlers of the APIs and of the models of a service. */
function handlersOf({
  service,
  settings,
  requests,
  access,
}: Pick<HttpHost, "service" | "settings" | "requests" | "access">) {
  const { clock, timeoutMs } = settings;
  const host: HttpHost = {
    service,
    guards: [],
    clock: withSharedTimers(clock, timeoutMs),
    answerTimes: new AnswerTimes(clock),
    settings,
    requests,
    access,
  };
  const middleware = middlewareOf(service.use);
  const { models } = service;
  return {
    apis: apiHandlers(host, middleware),
    oip: models === undefined ? undefined : new OipHandlers(host, models, middleware),
  };
}

/** Returns the options of calls over Connect and gRPC-Web. */
function rpcOptionsOf(
  { compressions, countInflated }: HttpAppOptions,
  { clock, budget, maxBodyBytes, timeoutMs }: RequestSettings,
): LateFetchOptions {
  return {
    ...(compressions === undefined ? {} : { compressions }),
    clock,
    budget,
    ...(countInflated === undefined ? {} : { countInflated }),
    maxMessageBytes: maxBodyBytes,
    timeoutMs,
  };
}

/** The handlers that are looked up by the path of a request as it was sent. */
interface DirectHandlers {
  readonly rpc: RpcFetch;
  readonly apis: ApiHandlers;
  readonly service: Service;
  readonly cors: Cors | undefined;
}

/**
 * Returns a `fetch()` that answers calls and requests of APIs without the application's routes and
 * middleware, which would cost as much as the rest of a small call.
 */
function direct({ fetch }: Hono, { rpc, apis, service, cors }: DirectHandlers): Hono["fetch"] {
  const policy = resourcePolicy(cors);
  return (request, env, executionCtx) => {
    const path = pathOf(request.url);
    const api = apis.get(path);
    if (api !== undefined && (api.takesAll || request.method === "POST")) {
      return api.respond(request, env, executionCtx);
    }
    // These are counted as calls, by the names of their APIs.
    const peer = () => peerOf(request, env);
    const called = rpc(request, checksLength(env), peer);
    if (called === undefined) return fetch(request, env, executionCtx);
    return called.then((answer) => {
      answer.headers.set(TYPE_OPTIONS, NO_SNIFFING);
      if (request.method === "GET") answer.headers.set(RESOURCE_POLICY, policy);
      // The next call should use another connection, which may lead to another server.
      if (service.admission.stopping) answer.headers.set("connection", "close");
      return answer;
    });
  };
}

/** Returns true if another request may follow on the connection. Discards an unread body. */
async function isReusable(c: Context, clock: Clock): Promise<boolean> {
  if (c.get(BODY_READ) === true || c.req.method === "GET" || c.req.method === "HEAD") return true;
  return await discardBody(c.req.raw.body, clock);
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
export function pathsOf({ routes, mounts, models }: Service): readonly string[] {
  const paths = [...routes, ...mounts].map(({ path }) => path);
  const oip = models === undefined ? [] : OIP_PATHS;
  const below = mounts.map(({ path }) => `${path}/*`);
  return [...PROBES, ...DOCUMENT_PATHS, SCHEMA_PATH, METRICS_PATH, ...oip, ...paths, ...below];
}
