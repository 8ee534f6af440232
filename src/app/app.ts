/**
 * app(): a service as a Hono application that starts by itself, for any host of `fetch`.
 * @module
 */

import { type Context, Hono } from "hono";
import { basePath, baseRoutePath } from "hono/route";
import { host as ownHost } from "#host";
import { ACCESS_OPTIONS } from "../access/access-options.ts";
import { checkChoice, checkCount, checkOptions } from "../check.ts";
import { type Clock, systemClock } from "../clock.ts";
import { ServiceError } from "../error.ts";
import { EXECUTORS, type ExecutorName } from "../executor/executor.ts";
import { holdRequest } from "../hold-request.ts";
import type { Host } from "../host/host.ts";
import { withWebWorkers } from "../host/with-web-workers.ts";
import { callerTimeoutOf } from "../http/caller-timeout.ts";
import { answerError } from "../http/error-response.ts";
import { httpApp } from "../http/http-app.ts";
import {
  checkRequestOptions,
  type PageOptions,
  type RequestOptions,
} from "../http/http-options.ts";
import { OIP_READY } from "../http/oip/routes.ts";
import { listenedTo } from "../invocation/listeners.ts";
import { REQUEST_ID, requestIdOf } from "../invocation/request-id.ts";
import { DEFAULT_GRACE_MS, DEFAULT_TIMEOUT_MS } from "../limits.ts";
import { LateRpc } from "../rpc/late-rpc.ts";
import { timeoutOf } from "../rpc/timeout.ts";
import { checkService } from "../service/check-service.ts";
import { requestCounter } from "../service/request-metrics.ts";
import type { Service } from "../service/service.ts";
import { openTracing } from "../tracing/late-tracing.ts";
import { accessOf } from "./access-of.ts";
import { endpoints } from "./endpoints.ts";
import { openPictures } from "./pictures.ts";
import { Starter } from "./starter.ts";
import { UnderWay } from "./under-way.ts";
import { withoutMore } from "./without-more.ts";

/** The options of `app()`. */
export interface AppOptions extends RequestOptions, PageOptions {
  /** The backend of models where the code names none. Default `auto`. */
  readonly backend?: "auto" | "native" | "wasm" | "webgpu";
  /**
   * The isolation of runners that do not choose one: workers in `threads`, each in a child
   * `process`, in Web Workers (`web`), or `inline`, in the thread of their callers. Default
   * `threads` on Bun, Deno and Node; `inline` in workerd, and in a page without `worker`.
   */
  readonly isolation?: ExecutorName;
  /**
   * Starts a Web Worker whose script calls `runWorker()` of `ekiben/worker`. A bundled page needs
   * it for workers, since a bundle has no module that a worker could import.
   *
   * @example
   * () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" })
   */
  readonly worker?: () => InstanceType<typeof globalThis.Worker>;
  /** The time that requests under way may still take at `close()`, in milliseconds: 10,000. */
  readonly graceMs?: number;
}

/** All options, to find misspelt ones. The types keep the list complete. */
export const APP_OPTIONS: Readonly<Record<keyof AppOptions, true>> = {
  ...ACCESS_OPTIONS,
  backend: true,
  compatibility: true,
  graceMs: true,
  isolation: true,
  accessLog: true,
  maxBodyBytes: true,
  maxHeldBytes: true,
  metrics: true,
  reflection: true,
  timeoutMs: true,
  ui: true,
  worker: true,
};

/** The parts of the host that tests replace. */
export interface AppInternals {
  readonly host?: Host;
  readonly clock?: Clock;
}

/** A service as a Hono application. */
export interface App extends Hono, AsyncDisposable {
  /**
   * Starts the runners, unless the first call has, and waits until all are ready.
   *
   * @throws Error when a runner cannot start; another call of `ready()` tries again
   */
  ready(): Promise<void>;
  /** Refuses new requests, waits for those under way, and stops the runners. */
  close(): Promise<void>;
}

/**
 * Makes a Hono application of a service: `POST` to each API's route, `/livez`, `/readyz`,
 * `/healthz`, `/metrics`, `/openapi.json`; the page at `/`; the models at `/v2`, by the Open
 * Inference Protocol; and calls over Connect and gRPC-Web. Every error is one JSON object,
 * `{ error, code, request_id }`; at `/v2` it is `{ error }`.
 *
 * The runners start at the first call of an API, which waits for them, at the first `/readyz`,
 * which answers 503 meanwhile, or by `ready()`. A start that fails is logged, and calls are
 * answered with 503; the first call after a second tries again, then after two, four and up to 30.
 *
 * @throws TypeError for an unknown option, RangeError for a number out of its range
 *
 * @example
 * export default app(mnist); // Bun, Deno, Cloudflare Workers
 *
 * @example
 * const site = new Hono().route("/ml", app(mnist));
 */
export function app(service: Service, options: AppOptions = {}): App {
  return openApp(service, options, {});
}

/** As `app()`, on a given host. */
export function openApp(
  service: Service,
  options: AppOptions,
  { host: given = ownHost, clock = systemClock }: AppInternals,
): App {
  checkService("app", service);
  checkOptions("Cannot call app()", options, Object.keys(APP_OPTIONS));
  checkRequestOptions(options);
  const {
    backend,
    graceMs = DEFAULT_GRACE_MS,
    isolation,
    worker,
    timeoutMs = DEFAULT_TIMEOUT_MS,
    ...requests
  } = options;
  checkCount("graceMs", graceMs, 0);
  checkChoice("isolation", isolation, EXECUTORS);
  checkWorker(worker);
  const host = worker === undefined ? given : withWebWorkers(given, worker);
  const { isolate } = host;
  const pictures = host.executors.threads === undefined ? undefined : openPictures(host);
  const access = accessOf(service, requests, clock);
  const settings = { ...requests, timeoutMs, clock, access, ...(pictures && { pictures }) };
  const rpc = new LateRpc(service, settings);
  const inner = httpApp(service, { ...settings, rpc });
  const starter = new Starter({
    service,
    clock,
    timeoutMs,
    async start() {
      await Promise.all([rpc.check(), service.ensureStarted(host, { backend, isolation })]);
      await openTracing();
    },
    isolate,
  });
  const endpointOf = endpoints(service, rpc.paths);
  const counter = requestCounter(service, "http", listenedTo("http", options));
  const underWay = new UnderWay();
  const handle = (request: Request, ...rest: FetchHost): Response | Promise<Response> =>
    isolate?.answer(request, (each) => inner.fetch(each, ...rest)) ?? inner.fetch(request, ...rest);
  const hasMounts = service.mounts.length > 0;

  /** Starts the service if a request needs it. Returns an answer if the request goes no further. */
  async function started(c: Context, path: string): Promise<Response | undefined> {
    // Health checks and reflection.
    if (path === "/readyz" || path === OIP_READY || path.startsWith("/grpc.")) starter.trigger();
    const endpoint = endpointOf(c.req.method, path);
    if (endpoint === undefined) return undefined;
    try {
      await starter.wait(c.req.raw.signal, callerTimeoutIn(c.req.raw.headers));
      return undefined;
    } catch (error) {
      const counted = counter.begin(endpoint, c.req);
      void c.req.raw.body?.cancel().catch(() => {});
      const requestId = requestIdOf(c.req.header(REQUEST_ID));
      counted.end(503, undefined, requestId);
      c.set("requestId", requestId);
      c.header(REQUEST_ID, requestId);
      c.header("connection", "close"); // the body has not been read
      const answer = answerError(c, ServiceError.from(error));
      return access?.cors?.mark(answer, c.req.header("origin") ?? null) ?? answer;
    }
  }

  async function answer(c: Context): Promise<Response> {
    const base = baseOf(c);
    if (!starter.isOver) {
      const refusal = await started(c, c.req.path.slice(base.length) || "/");
      if (refusal !== undefined) return refusal;
    }
    const request = base === "" ? c.req.raw : below(base, c.req.raw);
    return await dispatch(request, c.env, hasMounts ? executionOf(c) : undefined);
  }

  async function dispatch(request: Request, ...rest: FetchHost): Promise<Response> {
    underWay.add();
    try {
      return await handle(request, ...rest);
    } finally {
      underWay.remove();
    }
  }

  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    starter.close();
    service.drain();
    const endAtMs = clock.now() + graceMs;
    await underWay.none(clock, graceMs);
    await Promise.all([service.close(Math.max(0, endAtMs - clock.now())), pictures?.close()]);
  }
  const closeOnce = (): Promise<void> => {
    closing ??= close();
    return closing;
  };
  const outer = withoutMore(new Hono().all("*", answer));
  const { fetch } = outer;
  return Object.assign(outer, {
    // The outer application has a single route, and after the start it would only cost time.
    // Deno gives no request to a function that declares no parameter.
    fetch: (request: Request, ...host: FetchHost) =>
      starter.isOver ? dispatch(request, ...host) : fetch(request, ...host),
    ready: () => starter.start(),
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  });
}

/** @throws TypeError for an option `worker` that is no function */
function checkWorker(worker: unknown): void {
  if (worker === undefined || typeof worker === "function") return;
  throw new TypeError(
    '"worker" must be a function that starts a Web Worker, such as () => new Worker(new URL(' +
      `"./worker.js", import.meta.url), { type: "module" }), but was ${typeof worker}`,
  );
}

/** Returns the execution context of the host, as Cloudflare Workers have one. */
function executionOf(c: Context): Context["executionCtx"] | undefined {
  try {
    return c.executionCtx;
  } catch {
    return undefined; // Hono's way to say that there is none
  }
}

/** Returns the time that a caller will wait, over any protocol; undefined if it cannot be read. */
function callerTimeoutIn(headers: Headers): number | undefined {
  const header = (name: string): string | null => headers.get(name);
  const stated = callerTimeoutOf({ header });
  return typeof stated === "number" ? stated : timeoutOf(header);
}

/** Returns the path under which the application is mounted in another one; "" for none. */
function baseOf(c: Context): string {
  const base = baseRoutePath(c);
  if (base === "/") return "";
  return /[:*]/.test(base) ? basePath(c) : base;
}

/** Returns a request as seen by an application that is mounted at a path. */
function below(base: string, request: Request): Request {
  const url = new URL(request.url);
  url.pathname = url.pathname.slice(base.length) || "/";
  return holdRequest(request.signal, new Request(url, request));
}

/** The arguments of `fetch` after the request: the bindings and the context of the host. */
type FetchHost = Parameters<Hono["fetch"]> extends [Request, ...infer Rest] ? Rest : never;
