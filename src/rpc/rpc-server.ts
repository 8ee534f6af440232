/**
 * RpcServer: the settings that all implementations here share: the service, and how its calls are
 * bounded and counted.
 * @module
 */

import { checkCount } from "../check.ts";
import { type Clock, systemClock } from "../host.ts";
import type { InvocationHost } from "../invocation/invocation.ts";
import { type Middleware, middlewareOf } from "../invocation/middleware.ts";
import { middlewareGuard } from "../invocation/middleware-guard.ts";
import type { IoHost } from "../io/io.ts";
import { DEFAULT_STREAM_TIMEOUT_MS, DEFAULT_TIMEOUT_MS } from "../limits.ts";
import {
  type RequestCounter,
  type RequestMetricsOptions,
  requestCounter,
} from "../service/request-metrics.ts";
import type { Service } from "../service/service.ts";

/** How calls are bounded and counted. */
export interface RpcServerOptions extends IoHost {
  /** How long a call may take, in milliseconds, if its caller allows as much. Default 60,000. */
  readonly timeoutMs?: number;
  /** How long a stream may take, to its end. Default 3,600,000: an hour. */
  readonly streamTimeoutMs?: number;
  /** Answer with BentoML's statuses where ours differ. Default false. */
  readonly compatibility?: boolean;
  /** How calls are measured; `enabled: false` for not at all. */
  readonly metrics?: RequestMetricsOptions & { readonly enabled?: boolean };
  /** Time, for tests. */
  readonly clock?: Clock;
}

/** The settings with their defaults. */
export interface RpcServer extends InvocationHost {
  /** The middleware of the service; undefined if it has none. */
  readonly middleware: Middleware | undefined;
  /** Passed to descriptors. */
  readonly ioOptions: IoHost;
  readonly timeoutMs: number;
  readonly streamTimeoutMs: number;
  readonly compatibility: boolean;
  readonly requests: RequestCounter;
}

/**
 * Returns the settings of a server of a service.
 *
 * @throws RangeError for a time that is not a whole number from 1 up
 */
export function rpcServer(service: Service, options: RpcServerOptions): RpcServer {
  const { pictures, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const { streamTimeoutMs = DEFAULT_STREAM_TIMEOUT_MS } = options;
  const middleware = middlewareOf(service.use);
  return {
    service,
    middleware,
    guards: middleware === undefined ? [] : [middlewareGuard(middleware)],
    ioOptions: pictures === undefined ? {} : { pictures },
    timeoutMs: checkCount("timeoutMs", timeoutMs),
    streamTimeoutMs: checkCount("streamTimeoutMs", streamTimeoutMs),
    compatibility: options.compatibility ?? false,
    requests: requestCounter(service, "grpc", options.metrics),
    clock: options.clock ?? systemClock,
  };
}
