/**
 * The settings of a server as rows of a table: each by the flags and the keys that set it, and the
 * value that the server has.
 * @module
 */

import type { CorsOptions } from "../../access/cors.ts";
import { DEFAULT_MAX_BODY_BYTES } from "../../limits.ts";
import { leadOf } from "../../runtime/drain-lead.ts";
import type { Effective } from "./effective.ts";
import { masked, maskedKeys } from "./masked.ts";

/** A setting. */
export interface Row {
  /** The keys of the configuration that set it; the first one names it. */
  readonly keys?: readonly string[];
  /** The flags that set it, as attributes; the first one names it where there is no key. */
  readonly flags?: readonly string[];
  /** Returns its value; undefined for none. */
  value(effective: Effective): unknown;
  /** Returns false where the keys have no effect, although they are set. */
  counts?(effective: Effective): boolean;
}

const API = "api_server";
const CORS = `${API}.http.cors.access_control`;
const ACCESS = `${API}.logging.access`;

/** Returns the rows of one place of settings. */
function row(
  names: { readonly keys?: readonly string[]; readonly flags?: readonly string[] },
  value: Row["value"],
  counts?: Row["counts"],
): Row {
  return { ...names, value, ...(counts === undefined ? {} : { counts }) };
}

const PORTS: readonly Row[] = [
  row({ keys: [`${API}.http.port`], flags: ["port"] }, ({ http }) => http.port),
  row({ keys: [`${API}.http.host`], flags: ["host", "development"] }, ({ http }) => http.host),
  row(
    { keys: [`${API}.grpc.port`], flags: ["grpcPort", "grpc", "onePort"] },
    ({ grpc }) => grpc?.port,
    ({ grpc, config }) => grpc?.port === config.apiServer.grpc.port,
  ),
  row(
    { keys: [`${API}.grpc.host`, `${API}.http.host`], flags: ["host", "development"] },
    ({ grpc }) => grpc?.host,
  ),
  row({ flags: ["onePort"] }, ({ options }) => options.onePort ?? false),
  row({ keys: [`${API}.grpc.metrics.port`] }, ({ grpcMetrics }) => grpcMetrics.port),
  row(
    { keys: [`${API}.grpc.metrics.host`, `${API}.grpc.host`], flags: ["host", "development"] },
    ({ grpcMetrics }) => grpcMetrics.host,
  ),
];

const LIMITS: readonly Row[] = [
  row(
    { keys: [`${API}.traffic.timeout`], flags: ["timeout"] },
    ({ settings }) => settings.timeoutMs / 1000,
  ),
  row({ flags: ["maxBody"] }, ({ settings }) => settings.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES),
  row(
    { keys: [`${API}.grpc.max_message_length`], flags: ["maxBody"] },
    ({ limits }) => limits.maxMessageBytes,
  ),
  row(
    { keys: [`${API}.traffic.max_held_bytes`], flags: ["maxHeld"] },
    ({ maxHeldBytes }) => maxHeldBytes,
  ),
  row({ flags: ["maxConnections"] }, ({ limits }) => limits.maxConnections),
  row(
    { keys: [`${API}.grpc.max_concurrent_streams`], flags: ["maxConcurrentStreams"] },
    ({ limits }) => limits.maxConcurrentStreams,
  ),
  row(
    { keys: [`${API}.grpc.maximum_concurrent_rpcs`], flags: ["maxConcurrentRpcs"] },
    ({ limits }) => limits.maxConcurrentCalls,
  ),
];

function cors({ settings }: Effective): CorsOptions {
  const { cors: given } = settings;
  if (given === undefined) return {};
  if (typeof given === "string") return { origins: [given] };
  return "map" in given ? { origins: given } : given;
}

const WHO: readonly Row[] = [
  row({ flags: ["apiKey"] }, ({ options }) => maskedKeys(options.apiKeys)),
  row({ flags: ["apiKeysFile"] }, ({ options }) => options.apiKeysFile),
  row({ flags: ["metricsKey"] }, ({ options: { metricsKeys } }) =>
    typeof metricsKeys === "string" ? metricsKeys : maskedKeys(metricsKeys),
  ),
  row({ flags: ["openPath"] }, ({ options }) => options.openPaths),
  row({ flags: ["rateLimit", "rateBurst"] }, ({ options }) => options.rateLimit),
  row(
    { keys: [`${API}.traffic.max_concurrency`], flags: ["maxConcurrency"] },
    ({ settings }) => settings.maxConcurrency,
  ),
  row({ flags: ["trustProxy"] }, ({ options }) => options.trustedProxies),
  row({ flags: ["allowedHost"] }, ({ options }) => options.allowedHosts),
  row(
    { keys: [`${API}.http.cors.enabled`], flags: ["corsOrigin"] },
    ({ settings }) => settings.cors !== undefined,
  ),
  row(
    { keys: [`${CORS}_allow_origins`], flags: ["corsOrigin"] },
    (effective) => cors(effective).origins,
  ),
  row({ keys: [`${CORS}_allow_origin_regex`] }, (effective) => cors(effective).originRegex),
  row({ keys: [`${CORS}_allow_credentials`] }, (effective) => cors(effective).credentials),
  row({ keys: [`${CORS}_allow_methods`] }, (effective) => cors(effective).methods),
  row({ keys: [`${CORS}_allow_headers`] }, (effective) => cors(effective).headers),
  row({ keys: [`${CORS}_expose_headers`] }, (effective) => cors(effective).exposeHeaders),
  row({ keys: [`${CORS}_max_age`] }, (effective) => cors(effective).maxAgeSeconds),
];

/** What is set for all models; for each runner there are rows of its own. */
const MODELS: readonly Row[] = [
  row({ flags: ["name"] }, ({ target }) => target.name),
  row({ flags: ["modelControl"] }, ({ target }) => (target.control ? "explicit" : "none")),
  row({ flags: ["maxModels"] }, ({ target }) => target.maxModels),
  row({ flags: ["watch"] }, ({ target }) => target.watch),
  row({ flags: ["strictReadiness"] }, ({ target }) => target.strictReadiness ?? false),
  row({ flags: ["tryWebgpu"] }, ({ target }) => target.triesWebGpu),
];

const ANSWERS: readonly Row[] = [
  row({ flags: ["ui"] }, ({ options }) => options.ui ?? true),
  row(
    { keys: [`${API}.grpc.reflection.enabled`], flags: ["reflection"] },
    ({ settings }) => settings.reflection ?? true,
  ),
  row({ flags: ["compatibility"] }, ({ settings }) => settings.compatibility ?? false),
];

const METRICS = `${API}.metrics`;

const MEASURES: readonly Row[] = [
  row({ keys: [`${METRICS}.enabled`] }, ({ settings }) => settings.metrics.enabled),
  row({ keys: [`${METRICS}.namespace`] }, ({ settings }) => settings.metrics.namespace),
  row(
    {
      keys: [`${METRICS}.duration.buckets`, ...["min", "max", "factor"].map(durationKey)],
    },
    ({ settings }) => settings.metrics.buckets,
  ),
  row(
    { keys: [`${METRICS}.native_histograms`], flags: ["nativeHistograms"] },
    ({ settings }) => settings.metrics.nativeHistograms ?? true,
  ),
  row({ flags: ["recordTrace"] }, ({ options }) => options.recordTrace),
];

function durationKey(name: string): string {
  return `${METRICS}.duration.${name}`;
}

type AccessLog = Exclude<Effective["settings"]["accessLog"], boolean>;

/** Returns a row of the access log, whose settings have no effect where it is off. */
function logRow(name: keyof AccessLog, key: string, otherwise: unknown, ...flags: string[]): Row {
  return row({ keys: [`${ACCESS}.${key}`], flags }, ({ settings: { accessLog } }) => {
    if (accessLog === false) return undefined;
    return (accessLog === true ? undefined : accessLog[name]) ?? otherwise;
  });
}

const LOG: readonly Row[] = [
  row({ flags: ["logFormat"] }, ({ flags }) => flags.logFormat ?? "auto"),
  row({ flags: ["logLevel"] }, ({ flags }) => flags.logLevel ?? "info"),
  row(
    { keys: [`${ACCESS}.enabled`], flags: ["accessLog"] },
    ({ settings }) => settings.accessLog !== false,
  ),
  logRow("sample", "sample", 1, "accessLogSample"),
  logRow("skipPaths", "skip_paths", "probes"),
  logRow("requestContentType", "request_content_type", true),
  logRow("requestContentLength", "request_content_length", true),
  logRow("responseContentType", "response_content_type", false),
  logRow("responseContentLength", "response_content_length", false),
];

const STOPPING: readonly Row[] = [
  row(
    { keys: [`${API}.traffic.drain_lead`], flags: ["drainLead"] },
    ({ stop }) => leadOf("signal", stop.drainLeadMs).minMs / 1000,
  ),
  row({ flags: ["grace"] }, ({ stop }) => stop.graceMs / 1000),
  row({ keys: [`${API}.on_uncaught`], flags: ["onUncaught"] }, ({ stop }) => stop.policy),
];

/** The numbers of Python's `ssl`, which the keys have. */
const CLIENTS = ["none", "optional", "required"];

const SSL = `${API}.ssl`;

const TLS: readonly Row[] = [
  row(
    { keys: [`${SSL}.enabled`, `${SSL}.certfile`], flags: ["sslCertfile"] },
    ({ tls }) => tls !== undefined,
  ),
  row({ keys: [`${SSL}.certfile`], flags: ["sslCertfile"] }, ({ tls }) => tls?.certFile),
  row({ keys: [`${SSL}.keyfile`], flags: ["sslKeyfile"] }, ({ tls }) => tls?.keyFile),
  row({ keys: [`${SSL}.keyfile_password`], flags: ["sslKeyfilePassword"] }, ({ tls }) =>
    masked(tls?.keyPassword),
  ),
  row({ keys: [`${SSL}.ca_certs`], flags: ["sslCaCerts"] }, ({ tls }) => tls?.caFile),
  row({ keys: [`${SSL}.cert_reqs`], flags: ["sslCertReqs"] }, ({ tls }) =>
    tls?.clients === undefined ? undefined : CLIENTS.indexOf(tls.clients),
  ),
  row({ keys: [`${SSL}.version`], flags: ["sslVersion"] }, ({ tls }) =>
    tls === undefined ? undefined : tls.version === "TLSv1.2" ? 5 : 17,
  ),
  row({ keys: [`${SSL}.ciphers`], flags: ["sslCiphers"] }, ({ tls }) => tls?.ciphers),
];

/** The settings of a server, in the order of `docs/configuration.md`. */
export const ROWS: readonly Row[] = [
  ...[...PORTS, ...LIMITS, ...WHO, ...MODELS, ...ANSWERS],
  ...[...MEASURES, ...LOG, ...STOPPING, ...TLS],
];
