/**
 * Settings: the options of a server, completed by its configuration.
 * @module
 */

import { accessOptionsIn } from "../access/access-options.ts";
import type { Config } from "../config/config.ts";
import type { RequestOptions } from "../http/http-options.ts";
import { DEFAULT_TIMEOUT_MS } from "../limits.ts";
import { accessLogOf, configuredMetrics, configuredTls } from "./configured.ts";
import type { CertificateFiles } from "./http2/certificates.ts";
import type { Http2Limits } from "./http2/limits.ts";
import type { ServeGrpcOptions, ServeInternals, ServeOptions } from "./serve-options.ts";

/** The settings of requests and calls. */
export interface ServeSettings extends RequestOptions {
  readonly timeoutMs: number;
  readonly accessLog: NonNullable<RequestOptions["accessLog"]>;
  readonly metrics: NonNullable<RequestOptions["metrics"]>;
  readonly maxConnections?: number;
  /** The bounds of HTTP/2 that the options set. */
  readonly limits: Partial<Http2Limits>;
  readonly tls: CertificateFiles | undefined;
  readonly apiKeysFile: string | undefined;
  readonly config: Config | undefined;
}

/**
 * Merges options with a configuration.
 *
 * @throws Error for a certificate without a key in the configuration, or the other way round
 */
export function settingsOf(
  options: ServeOptions | ServeGrpcOptions,
  { config, limits }: Pick<ServeInternals, "config" | "limits">,
): ServeSettings {
  const { maxBodyBytes, maxHeldBytes, maxConnections, compatibility } = options;
  const { maxConcurrentStreams, maxConcurrentRpcs, nativeHistograms } = options;
  const configured = config?.apiServer;
  const reflection = options.reflection ?? configured?.grpc.reflection;
  const cors = options.cors ?? configured?.cors;
  const maxConcurrency = options.maxConcurrency ?? configured?.maxConcurrency;
  return {
    ...accessOptionsIn(options),
    ...(cors === undefined ? {} : { cors }),
    ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
    ...(maxBodyBytes === undefined ? {} : { maxBodyBytes }),
    ...(maxHeldBytes === undefined ? {} : { maxHeldBytes }),
    ...(maxConnections === undefined ? {} : { maxConnections }),
    ...(compatibility === undefined ? {} : { compatibility }),
    ...(reflection === undefined ? {} : { reflection }),
    timeoutMs: options.timeoutMs ?? configured?.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    accessLog: accessLogOf(options.accessLog, config),
    metrics: {
      ...(config === undefined ? {} : configuredMetrics(config)),
      ...options.metrics,
      ...(nativeHistograms === undefined ? {} : { nativeHistograms }),
    },
    limits: {
      ...limits,
      ...(maxConcurrentStreams === undefined ? {} : { maxConcurrentStreams }),
      ...(maxConcurrentRpcs === undefined ? {} : { maxConcurrentCalls: maxConcurrentRpcs }),
    },
    apiKeysFile: options.apiKeysFile,
    tls: options.tls ?? (configured?.ssl && configuredTls(configured.ssl)),
    config,
  };
}
