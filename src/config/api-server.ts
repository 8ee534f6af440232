/**
 * The keys under `api_server`.
 * @module
 */

import type { CorsOptions } from "../access/cors.ts";
import { API_WORKERS, UNSUPPORTED_KEYS } from "../bentoml/config-keys.ts";
import { DEFAULT_TIMEOUT_MS } from "../limits.ts";
import { corsConfig } from "./cors.ts";
import { type GrpcConfig, grpcConfig } from "./grpc.ts";
import { type AccessLogConfig, accessLogConfig } from "./logging.ts";
import { type Section, subsection } from "./mapping.ts";
import { type ApiServerMetricsConfig, apiServerMetrics } from "./metrics.ts";
import { type SslConfig, sslConfig } from "./ssl.ts";
import { address, milliseconds, portNumber, wholeNumber, word } from "./value.ts";

/** The address, the bounds, the metrics and the TLS of the server. */
export interface ApiServerConfig {
  readonly http: {
    /** The address to listen on. Default `0.0.0.0`. */
    readonly host: string;
    /** The port; 0 for any free one. Default 3000. */
    readonly port: number;
  };
  /** The web pages of other origins that may call; undefined for none. */
  readonly cors: CorsOptions | undefined;
  /** The most requests under way at the same time. */
  readonly maxConcurrency: number | undefined;
  /** The time that a request may take, in milliseconds. Default 60,000. */
  readonly timeoutMs: number;
  /** The time for which a stopping server still accepts requests, in milliseconds. */
  readonly drainLeadMs: number | undefined;
  /** The most bytes that all requests together may hold. */
  readonly maxHeldBytes: number | undefined;
  readonly accessLog: AccessLogConfig;
  readonly metrics: ApiServerMetricsConfig;
  readonly grpc: GrpcConfig;
  /** The policy after an uncaught exception. */
  readonly onUncaught: "drain" | "continue" | undefined;
  /** The settings of TLS; `undefined` for no TLS. */
  readonly ssl: SslConfig | undefined;
}

/** The defaults of the address and the port. */
export const DEFAULT_HOST = "0.0.0.0";
export const DEFAULT_PORT = 3000;

/** @throws Error for an unknown key or an invalid value */
export function apiServerConfig(top: Section): ApiServerConfig {
  const apiServer = subsection(top, "api_server", {
    known: ["http", "traffic", "metrics", "grpc", "ssl", "on_uncaught", "logging", API_WORKERS],
    unsupported: UNSUPPORTED_KEYS.apiServer,
  });
  const http = subsection(apiServer, "http", {
    known: ["host", "port", "cors"],
    unsupported: UNSUPPORTED_KEYS.http,
  });
  const traffic = subsection(apiServer, "traffic", {
    known: ["timeout", "max_concurrency", "drain_lead", "max_held_bytes"],
    unsupported: UNSUPPORTED_KEYS.traffic,
  });
  wholeNumber(apiServer, API_WORKERS, 1);
  return {
    http: {
      host: address(http, "host") ?? DEFAULT_HOST,
      port: portNumber(http, "port") ?? DEFAULT_PORT,
    },
    cors: corsConfig(http),
    maxConcurrency: wholeNumber(traffic, "max_concurrency", 1),
    timeoutMs: milliseconds(traffic, "timeout") ?? DEFAULT_TIMEOUT_MS,
    drainLeadMs: milliseconds(traffic, "drain_lead", 0),
    maxHeldBytes: wholeNumber(traffic, "max_held_bytes", 1),
    accessLog: accessLogConfig(apiServer),
    metrics: apiServerMetrics(apiServer),
    grpc: grpcConfig(apiServer),
    onUncaught: word(apiServer, "on_uncaught", ["drain", "continue"]),
    ssl: sslConfig(apiServer),
  };
}
