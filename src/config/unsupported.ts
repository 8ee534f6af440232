/**
 * BentoML's keys that do nothing here: they are refused in other words than a slip is.
 * @module
 */

/** The keys of BentoML 1.0 to 1.4, and those that it has renamed since, by where they stand. */
export const UNSUPPORTED = {
  top: ["logging", "monitoring", "services", "tracing"],
  apiServer: [
    "backlog",
    "cors",
    "logging",
    "max_request_size",
    "max_runner_connections",
    "runner_probe",
    "timeouts",
    "workers",
  ],
  http: ["cors", "response"],
  traffic: ["concurrency", "external_queue", "max_concurrency"],
  runner: ["logging", "resources", "workers_per_resource"],
} as const;
