/**
 * The bounds of calls by the options of a server.
 * @module
 */

import { ByteBudget, defaultHeldBytes } from "../byte-budget.ts";
import { checkCount } from "../check.ts";
import { MAX_TIMER_MS } from "../clock.ts";
import type { Config } from "../config/config.ts";
import { type Http2Limits, limitsOf, UNLIMITED_MESSAGE_BYTES } from "./http2/limits.ts";

/** The options that bound calls. */
export interface BoundingOptions {
  readonly maxBodyBytes?: number;
  readonly maxHeldBytes?: number;
  readonly maxConnections?: number;
  readonly timeoutMs?: number;
  /** The bounds of HTTP/2. Those of messages and times default to the bounds of requests. */
  readonly limits?: Partial<Http2Limits>;
  readonly config?: Config | undefined;
}

/** Returns the bounds of HTTP/2 that the options set: the code first, then the configuration. */
export function http2LimitsOf(options: BoundingOptions): Partial<Http2Limits> {
  const { config, limits, maxBodyBytes, maxConnections, timeoutMs } = options;
  return {
    ...(config === undefined ? {} : configuredLimits(config)),
    ...(maxBodyBytes === undefined ? {} : { maxMessageBytes: maxBodyBytes }),
    // The longest timer of a runtime.
    ...(timeoutMs === undefined ? {} : { requestTimeoutMs: Math.min(timeoutMs, MAX_TIMER_MS) }),
    ...(maxConnections === undefined ? {} : { maxConnections }),
    ...limits,
  };
}

/**
 * Makes the budget of all requests together, over every protocol: by the options, then by the
 * configuration, or else large enough for four of the largest bodies or messages.
 *
 * @throws RangeError for anything but a whole number from 1 up
 */
export function byteBudgetOf(options: BoundingOptions): ByteBudget {
  const { maxBodyBytes, maxHeldBytes, limits, config } = options;
  const { maxMessageBytes } = limitsOf(http2LimitsOf(options));
  const bytes =
    maxHeldBytes ??
    limits?.maxHeldBytes ??
    config?.apiServer.maxHeldBytes ??
    defaultHeldBytes(Math.max(maxMessageBytes, maxBodyBytes ?? 0));
  return new ByteBudget(checkCount("maxHeldBytes", bytes));
}

function configuredLimits({ apiServer }: Config): Partial<Http2Limits> {
  const { maxConcurrentStreams, maxConcurrentCalls, maxMessageBytes: most } = apiServer.grpc;
  const maxMessageBytes = most === "unlimited" ? UNLIMITED_MESSAGE_BYTES : most;
  return {
    ...(maxConcurrentStreams === undefined ? {} : { maxConcurrentStreams }),
    ...(maxConcurrentCalls === undefined ? {} : { maxConcurrentCalls }),
    ...(maxMessageBytes === undefined ? {} : { maxMessageBytes }),
  };
}
