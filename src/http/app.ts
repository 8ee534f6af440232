/**
 * The HTTP application of a service: anything that takes `fetch(Request)` can serve it.
 * @module
 */

import { type Context, Hono } from "hono";
import { requestId } from "hono/request-id";
import { ByteBudget, defaultHeldBytes } from "../byte-budget.ts";
import { checkCount } from "../check.ts";
import { ServiceError } from "../error.ts";
import { type Clock, systemClock } from "../host.ts";
import { REQUEST_ID } from "../invocation/request-id.ts";
import type { IoHost } from "../io/io.ts";
import { cut } from "../io/wording.ts";
import { DEFAULT_MAX_BODY_BYTES, DEFAULT_TIMEOUT_MS } from "../limits.ts";
import { ensureLogging, log } from "../log.ts";
import { type RpcFetchOptions, rpcFetch } from "../rpc/fetch.ts";
import { type Routes, rpcRoutes } from "../rpc/routes.ts";
import { unknownMethod } from "../rpc/unknown-method.ts";
import { type RequestMetricsOptions, requestCounter } from "../service/request-metrics.ts";
import type { Service } from "../service/service.ts";
import { apiRoutes } from "./apis.ts";
import { discardBody } from "./body.ts";
import { type Decompress, decompressByStreams } from "./decompress.ts";
import { answerError } from "./error-response.ts";
import { healthRoutes, PROBES } from "./health.ts";
import { measure } from "./measure.ts";
import { METRICS_PATH, metricsRoute } from "./metrics.ts";
import { DOCS_PATH, docsRoute } from "./openapi.ts";

/** The settings of the HTTP application. */
export interface AppOptions extends IoHost {
  /** The largest request body, in bytes. Default 20 MiB. */
  readonly maxBodyBytes?: number;
  /**
   * The bytes that the decompressed bodies and messages of all requests together may hold. Beyond
   * it, requests are answered with 503 and `Retry-After`, and calls with `resource_exhausted`.
   * Default 512 MiB, or four of the largest bodies if that is more.
   */
  readonly maxHeldBytes?: number;
  /** The same, shared with other servers of the service. It replaces `maxHeldBytes`. */
  readonly budget?: ByteBudget;
  /** Decompresses bodies. Default: the web's streams, which read one gzip member. */
  readonly decompress?: Decompress;
  /** How long a request may take, in milliseconds; then it is answered 504. Default 60,000. */
  readonly timeoutMs?: number;
  /** How requests are measured; `enabled: false` for neither that nor `/metrics`. */
  readonly metrics?: RequestMetricsOptions & { readonly enabled?: boolean };
  /** Calls of Connect and gRPC-Web that it answers too. Default: what the service offers. */
  readonly routes?: Routes;
  /** How the messages of calls are compressed. Default gzip by the web's streams. */
  readonly compressions?: RpcFetchOptions["compressions"];
  /** Counts what messages inflate to towards their call; see `RpcFetchOptions`. */
  readonly countInflated?: RpcFetchOptions["countInflated"];
  /** Time, for tests. */
  readonly clock?: Clock;
}

/**
 * Makes the HTTP application of a service: `POST` to each API's route, `/livez`, `/readyz`,
 * `/healthz`, `/metrics`, `/docs.json`; and calls over Connect and gRPC-Web. Every error is one
 * JSON object, `{ error, code, request_id }`.
 *
 * The service's runners are started by whoever serves it: `serve()`, or `service.start()`.
 *
 * @example
 * export default app(mnist); // for a host that calls fetch()
 */
export function app(service: Service, options: AppOptions = {}): Hono {
  ensureLogging();
  const maxBodyBytes = checkCount("maxBodyBytes", options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES);
  const maxHeldBytes = options.maxHeldBytes ?? defaultHeldBytes(maxBodyBytes);
  const settings = {
    clock: options.clock ?? systemClock,
    ...(options.pictures === undefined ? {} : { pictures: options.pictures }),
    compatibility: options.compatibility ?? false,
    decompress: options.decompress ?? decompressByStreams,
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
  const begin = measure(requests, new Set(pathsOf(service)));
  // One middleware for both: each costs about as much as counting does.
  hono.use(async function enter(c, next) {
    // These are counted as calls, by the names of their APIs.
    const called = rpc(c.req.raw);
    if (called !== undefined) {
      const answer = await called;
      // The next call should use another connection, which may lead to another server.
      if (service.admission.stopping) answer.headers.set("connection", "close");
      return answer;
    }
    const end = begin(c);
    await next();
    await discardBody(c, settings.clock);
    if (c.req.method === "HEAD") await measureBody(c);
    end?.();
    return undefined;
  });
  hono.use(requestId());
  if (enabled) metricsRoute(hono, service.metrics);
  healthRoutes(hono, service);
  hono.use(async function drain(c, next) {
    try {
      service.admission.admit();
      await next();
    } finally {
      // The next request should use another connection, which may lead to another server.
      if (service.admission.stopping) c.header("connection", "close");
    }
  });
  docsRoute(hono, service, enabled);
  apiRoutes(hono, service, settings);
  hono.notFound((c) => {
    const answer = unknownMethod(c.req.path, c.req.raw.headers);
    if (answer !== undefined) {
      answer.headers.set(REQUEST_ID, c.get("requestId"));
      return answer;
    }
    const known = service.routes.map(({ path }) => path).join(", ");
    const text = `There is nothing at ${cut(c.req.path)}; the service has ${known}`;
    return answerError(c, new ServiceError("not_found", text));
  });
  hono.onError((thrown, c) => {
    const error = ServiceError.from(thrown);
    if (error !== thrown) log.error("{path} failed: {thrown}", { path: c.req.path, thrown });
    return answerError(c, error);
  });
  return hono;
}

/** Sets the length of an answer to HEAD to that of GET: servers do not count a body unsent. */
async function measureBody(c: Context): Promise<void> {
  const { length } = await c.res.bytes();
  c.res = new Response(null, c.res);
  c.res.headers.set("content-length", String(length));
}

/** Returns the paths of the application, except those of calls. */
export function pathsOf(service: Service): readonly string[] {
  return [...PROBES, DOCS_PATH, METRICS_PATH, ...service.routes.map(({ path }) => path)];
}
