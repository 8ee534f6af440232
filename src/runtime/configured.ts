/**
 * The parts of a configuration as the options that they set.
 * @module
 */

import type { Config } from "../config/config.ts";
import type { SslConfig } from "../config/ssl.ts";
import type { RequestOptions } from "../http/http-options.ts";
import { exponentialBuckets } from "../metrics/types/buckets.ts";
import type { StartDefaults } from "../runner/runner-options.ts";
import type { StartOptions } from "../service/service-options.ts";
import type { CertificateFiles } from "./http2/certificates.ts";

/** Returns the names and the bounds of the metrics of requests. */
export function configuredMetrics({ apiServer }: Config): NonNullable<RequestOptions["metrics"]> {
  const { duration, ...measured } = apiServer.metrics;
  if (duration === undefined) return measured;
  const buckets =
    "buckets" in duration
      ? duration.buckets
      : exponentialBuckets(duration.min, duration.factor, duration.max);
  return { ...measured, buckets };
}

/** Returns the options of the access log, which override the configuration. Default true. */
export function accessLogOf(
  given: RequestOptions["accessLog"],
  config: Config | undefined,
): NonNullable<RequestOptions["accessLog"]> {
  const { enabled, ...configured } = config?.apiServer.accessLog ?? {};
  if (given === false || (given !== true && enabled === false)) return false;
  return { ...configured, ...(given === true ? {} : given) };
}

/** Returns the settings of the runners. */
export function configuredRunners(config: Config | undefined): StartDefaults & StartOptions {
  if (config === undefined) return {};
  return {
    settingsOf: (name) => {
      const { batching: batch, metrics: _, backend: named, ...settings } = config.runner(name);
      // What is not said is left to the trial or the default.
      const backend = named === "auto" ? undefined : named;
      return { ...settings, batch, backend };
    },
    runnerMetrics: (name) => config.runner(name).metrics,
  };
}

/** The rules for certificates of clients, by the numbers of Python's `ssl`. */
const CLIENTS = ["none", "optional", "required"] as const;

/**
 * Returns the settings of TLS.
 *
 * @throws Error for a certificate without a key, or the other way round
 */
export function configuredTls(ssl: SslConfig): CertificateFiles {
  const { certfile, keyfile, keyfilePassword, caCerts, version, certReqs, ciphers } = ssl;
  if (certfile === undefined || keyfile === undefined) {
    throw new Error(
      "TLS needs both --ssl-certfile and --ssl-keyfile, " +
        "or certfile and keyfile of api_server.ssl in the configuration",
    );
  }
  const clients = certReqs === undefined ? undefined : CLIENTS[certReqs];
  return {
    certFile: certfile,
    keyFile: keyfile,
    ...(keyfilePassword === undefined ? {} : { keyPassword: keyfilePassword }),
    ...(caCerts === undefined ? {} : { caFile: caCerts }),
    ...(version === 5 ? { version: "TLSv1.2" } : {}),
    ...(clients === undefined ? {} : { clients }),
    // BentoML's default, Python's number for any version.
    ...(ciphers === undefined || ciphers === "TLSv1" ? {} : { ciphers }),
  };
}
