/**
 * The keys under `api_server`.
 * @module
 */

import { UNSUPPORTED_KEYS } from "../bentoml/config-keys.ts";
import { DEFAULT_TIMEOUT_MS } from "../limits.ts";
import { type GrpcConfig, grpcConfig } from "./grpc.ts";
import { type Section, subsection } from "./mapping.ts";
import { type ApiServerMetricsConfig, apiServerMetrics } from "./metrics.ts";
import { type SslConfig, sslConfig } from "./ssl.ts";
import { address, milliseconds, portNumber, valueAt, wholeNumber } from "./value.ts";

/** The address, the bounds, the metrics and the TLS of the server. */
export interface ApiServerConfig {
  readonly http: {
    /** The address to listen on. Default `0.0.0.0`. */
    readonly host: string;
    /** The port; 0 for any free one. Default 3000. */
    readonly port: number;
  };
  /** The time that a request may take, in milliseconds. Default 60,000. */
  readonly timeoutMs: number;
  /** The time for which a stopping server still accepts requests, in milliseconds. */
  readonly drainLeadMs: number | undefined;
  /** The most bytes that all requests together may hold. */
  readonly maxHeldBytes: number | undefined;
  readonly metrics: ApiServerMetricsConfig;
  readonly grpc: GrpcConfig;
  /** The policy after an uncaught exception. */
  readonly onUncaught: "drain" | "continue" | undefined;
  /** The settings of TLS; `undefined` for no TLS. */
  readonly ssl: SslConfig | undefined;
}

/** @throws Error for an unknown key or an invalid value */
export function apiServerConfig(top: Section): ApiServerConfig {
  const apiServer = subsection(top, "api_server", {
    known: ["http", "traffic", "metrics", "grpc", "ssl", "on_uncaught"],
    unsupported: UNSUPPORTED_KEYS.apiServer,
  });
  const http = subsection(apiServer, "http", {
    known: ["host", "port"],
    unsupported: UNSUPPORTED_KEYS.http,
  });
  const traffic = subsection(apiServer, "traffic", {
    known: ["timeout", "drain_lead", "max_held_bytes"],
    unsupported: UNSUPPORTED_KEYS.traffic,
  });
  return {
    http: {
      host: address(http, "host") ?? "0.0.0.0",
      port: portNumber(http, "port") ?? 3000,
    },
    timeoutMs: milliseconds(traffic, "timeout") ?? DEFAULT_TIMEOUT_MS,
    drainLeadMs: milliseconds(traffic, "drain_lead", 0),
    maxHeldBytes: wholeNumber(traffic, "max_held_bytes", 1),
    metrics: apiServerMetrics(apiServer),
    grpc: grpcConfig(apiServer),
    onUncaught: valueAt(
      apiServer,
      "on_uncaught",
      "drain or continue",
      (value) => value === "drain" || value === "continue",
    ),
    ssl: sslConfig(apiServer),
  };
}
