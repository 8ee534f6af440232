/**
 * RpcServer: the settings that all implementations share: the service, and the bounds and the
 * metrics of its calls.
 * @module
 */

import type { Access } from "../access/access.ts";
import { checkCount } from "../check.ts";
import { type Clock, systemClock } from "../clock.ts";
import { AnswerTimes } from "../invocation/answer-times.ts";
import type { InvocationHost } from "../invocation/invocation.ts";
import { type ListenedOptions, listenedTo } from "../invocation/listeners.ts";
import { type Middleware, middlewareOf } from "../invocation/middleware.ts";
import { middlewareGuard } from "../invocation/middleware-guard.ts";
import { withSharedTimers } from "../invocation/shared-timers.ts";
import type { IoHost } from "../io/io.ts";
import { DEFAULT_STREAM_TIMEOUT_MS, DEFAULT_TIMEOUT_MS } from "../limits.ts";
import { type RequestCounter, requestCounter } from "../service/request-metrics.ts";
import type { Service } from "../service/service.ts";

/** The bounds and the metrics of calls. */
export interface RpcServerOptions extends IoHost, ListenedOptions {
  /** The time that a call may take, in milliseconds. Its caller may allow less. Default 60,000. */
  readonly timeoutMs?: number;
  /** The time that a stream of a mounted service may take, in milliseconds. Default an hour. */
  readonly streamTimeoutMs?: number;
  /** Answers with BentoML's statuses where they differ. Default false. */
  readonly compatibility?: boolean;
  /** The clock, for tests. */
  readonly clock?: Clock;
  /** Who may call; undefined for everyone. */
  readonly access?: Access | undefined;
}

/** The settings with their defaults. */
export interface RpcServer extends InvocationHost {
  /** The middleware of the service; undefined if it has none. */
  readonly middleware: Middleware | undefined;
  /** The options of descriptors. */
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
  const clock = options.clock ?? systemClock;
  return {
    service,
    middleware,
    guards: middleware === undefined ? [] : [middlewareGuard(middleware)],
    ioOptions: pictures === undefined ? {} : { pictures },
    timeoutMs: checkCount("timeoutMs", timeoutMs),
    streamTimeoutMs: checkCount("streamTimeoutMs", streamTimeoutMs),
    compatibility: options.compatibility ?? false,
    requests: requestCounter(service, "grpc", listenedTo("grpc", options)),
    clock: withSharedTimers(clock, timeoutMs),
    answerTimes: new AnswerTimes(clock),
    access: options.access,
  };
}
