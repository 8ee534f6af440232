/**
 * BentoML's configuration, where it differs from Ekiben's: keys without effect here, keys that it
 * has renamed, and its words for values (BentoML 1.0 to 1.4, `bentoml/_internal/configuration`).
 * @module
 */

/** The keys that are not supported, by section; they are refused with a message of their own. */
export const UNSUPPORTED_KEYS = {
  top: ["logging", "monitoring", "services", "tracing"],
  apiServer: ["backlog", "max_request_size", "max_runner_connections", "runner_probe", "timeouts"],
  http: ["response"],
  traffic: ["concurrency", "external_queue"],
  runnerTraffic: ["concurrency", "external_queue", "max_concurrency"],
} as const;

/** The keys of `runners` by which BentoML computes the number of workers. */
export const RESOURCE_KEYS = ["resources", "workers_per_resource"] as const;

/** The key of `api_server` for API processes, and why it has no effect; ends a sentence. */
export const API_WORKERS = "workers";
export const NO_API_WORKERS =
  "one process takes all calls, and runners.workers sets the workers that run models";

/** A renamed key: the old one, and the section beside it that has the new one. */
export type RenamedKey = readonly [old: string, section: string, key: string];

const TIMEOUT: RenamedKey = ["timeout", "traffic", "timeout"];

/** The renamed keys of `api_server`. */
export const RENAMED_API_SERVER_KEYS: readonly RenamedKey[] = [
  ["host", "http", "host"],
  ["port", "http", "port"],
  ["cors", "http", "cors"],
  TIMEOUT,
];

/** The renamed keys of `runners` and of each runner. */
export const RENAMED_RUNNER_KEYS: readonly RenamedKey[] = [TIMEOUT];

/** The environment variable with settings in one line. */
export const OPTIONS_VARIABLE = "BENTOML_CONFIG_OPTIONS";

/** The value of `api_server.grpc.max_message_length` without a bound. */
export const UNLIMITED_MESSAGE_LENGTH = -1;

/** The reason that Channelz is refused, in the configuration and as a flag; ends a sentence. */
export const NO_CHANNELZ = "Channelz is not supported; the metrics show the state of calls";

/** What to do instead of setting a key; ends a sentence. */
const INSTEAD: Readonly<Record<string, string>> = {
  tracing: "OpenTelemetry's own variables, OTEL_…, configure the SDK that exports spans",
};

/** Returns the message about a key of BentoML that is not supported. */
export function unsupportedKey(path: string): string {
  const instead = Object.hasOwn(INSTEAD, path) ? `: ${INSTEAD[path]}` : "";
  return `"${path}" is BentoML's, and not supported by Ekiben${instead}`;
}
