/**
 * ServiceOptions: the parts of a service, as its definition names them.
 * @module
 */

import type { ConnectRouter, Interceptor } from "@connectrpc/connect";
import type { MiddlewareHandler } from "hono";
import { checkOptions } from "../check.ts";
import type { MetricsRegistry } from "../metrics/registry.ts";
import type { StartDefaults } from "../runner/runner-options.ts";
import type { AnyApi } from "./api.ts";
import type { Context } from "./context.ts";
import type { Hooks } from "./hooks.ts";
import type { Mountable } from "./mounts.ts";
import type { ServiceModels, ServiceRunner } from "./service-runner.ts";

/** The APIs of a service by name. */
export type Apis = Readonly<Record<string, AnyApi>>;

/** The names of the default metrics of a runner, and whether they are counted. */
export interface RunnerMetricsSettings {
  readonly enabled: boolean;
  readonly namespace: string;
}

/** The settings of a start. Those of runners are passed on to each of them. */
export interface StartOptions extends Omit<StartDefaults, "metricsOf"> {
  /** Default `bentoml_runner`, enabled. */
  readonly runnerMetrics?: (runner: string) => RunnerMetricsSettings;
}

/** The parts of a service. */
export interface ServiceOptions<A extends Apis> extends Hooks {
  /** The label `service_version` of its metrics. Default BentoML's for none: `not available`. */
  readonly version?: string;
  /** The registry of the metrics that it defines, shown at `/metrics`. Default a new one. */
  readonly metrics?: MetricsRegistry;
  /**
   * Adds Connect services of its own, beside those of the APIs: `(router) => router.service(…)`.
   * `contextOf()` gives their handlers the context of a call.
   */
  readonly rpc?: (router: ConnectRouter) => void;
  /**
   * Connect's interceptors, the outermost first. They run around every call over Connect, gRPC-Web
   * and gRPC, of APIs and of mounted services, but not of health checks and reflection.
   */
  readonly interceptors?: readonly Interceptor[];
  /**
   * Hono middleware, the first one outermost. They run before every API and every Connect service
   * of `rpc`, over every protocol; not before the probes, `/metrics`, `/openapi.json`,
   * `/docs.json`, gRPC's health and reflection, and what is in `mount`.
   *
   * Over Connect, gRPC-Web and gRPC they get a `Request` of the call's metadata: its method, its
   * path, its headers, and no body. Their answer becomes an error of the protocol, by its HTTP
   * status. They run before the message of a call is received: `endpointOf(c)` waits for it, and
   * returns the name of the API. `context.get()` returns the variables that they set.
   */
  readonly use?: readonly MiddlewareHandler[];
  /**
   * Returns the name of the caller of a request, by which callers share the workers of runners, for
   * example a user that a middleware has verified: `(context) => context.get("user")?.id`. It is
   * called at most once a request, when that calls a runner. Requests for which it returns
   * `undefined` are those of one caller. Default: the credentials of the request, unverified.
   */
  readonly callerOf?: (context: Context) => string | undefined;
  /**
   * Web applications of its own, by path: anything with a `fetch()`, such as a Hono application. It
   * gets every request at its path and below, without that path, and reads the body itself: no
   * bound on its size applies. It has middleware of its own: `use` does not run before it.
   */
  readonly mount?: Readonly<Record<string, Mountable>>;
  /** The runners that its handlers call; they start and stop with it. */
  readonly runners?: readonly ServiceRunner[];
  /**
   * The text of a `.proto` file that `ekiben proto` has written: the typed rpcs of its APIs are in
   * its package, and their fields keep its numbers. `false`: there are no such rpcs. Default: the
   * package is made of the name of the service, and fields are numbered in their order.
   */
  readonly proto?: string | false;
  /**
   * The models that the Open Inference Protocol serves, at `/v2` and over gRPC. Default: the
   * batched methods of its runners whose tensors are known. `false` for none.
   */
  readonly models?: ServiceModels | false;
  readonly apis: A;
}

const KEYS: Readonly<Record<keyof ServiceOptions<Apis>, true>> = {
  apis: true,
  callerOf: true,
  hookTimeoutMs: true,
  interceptors: true,
  metrics: true,
  models: true,
  mount: true,
  onReady: true,
  onStart: true,
  onStop: true,
  proto: true,
  rpc: true,
  runners: true,
  use: true,
  version: true,
};

/**
 * Checks the names of the options of a service: misspelt middleware would guard nothing.
 *
 * @throws TypeError for an unknown option, a `callerOf` that is not a function, or a `proto` that
 *   is no text
 */
export function checkServiceOptions(name: string, options: ServiceOptions<Apis>): void {
  checkOptions(`Cannot define service "${name}"`, options, Object.keys(KEYS));
  const { callerOf, proto } = options;
  if (proto !== undefined && proto !== false && typeof proto !== "string") {
    throw new TypeError(
      `Cannot define service "${name}": "proto" must be the text of a .proto file or false, but ` +
        `was ${proto}`,
    );
  }
  if (callerOf === undefined || typeof callerOf === "function") return;
  throw new TypeError(
    `Cannot define service "${name}": "callerOf" must be a function, but was ${callerOf}`,
  );
}

/**
 * Checks the middleware of a service.
 *
 * @throws TypeError for one that is not a function
 */
export function checkMiddleware(
  name: string,
  use: readonly MiddlewareHandler[] = [],
): readonly MiddlewareHandler[] {
  const isList = Array.isArray(use);
  const wrong = isList ? use.findIndex((each: unknown) => typeof each !== "function") : -1;
  if (isList && wrong === -1) return use;
  const given = wrong === -1 ? use : use[wrong];
  throw new TypeError(
    `Cannot define service "${name}": "use" must be a list of middleware functions, but ` +
      `${wrong === -1 ? "was" : `number ${wrong + 1} was`} ${given}`,
  );
}
