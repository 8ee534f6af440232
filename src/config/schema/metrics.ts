/**
 * The JSON Schemas of `metrics`, of the server and of runners.
 * @module
 */

import { MAX_BUCKETS, METRICS_NAMESPACE, NAMESPACE } from "../metrics.ts";
import { about, flag, type JsonSchema, number, section, setting } from "./values.ts";

function namespace(what: string, value: string): JsonSchema {
  return setting(about(what, value, value), { type: "string", pattern: NAMESPACE.source });
}

/** The keys under `metrics` of a runner. */
export const RUNNER_METRICS: JsonSchema = section({
  enabled: flag(about("measure calls and batches", "on", true)),
  namespace: namespace("first part of the names of their metrics", METRICS_NAMESPACE.runner),
});

const DURATION = about("buckets of the durations of requests, in seconds", "0.005 to 10");

/** The keys under `metrics` of the server. */
export const API_SERVER_METRICS: JsonSchema = section({
  enabled: flag(about("measure requests and serve /metrics", "on", true)),
  namespace: namespace("first part of the names of request metrics", METRICS_NAMESPACE.apiServer),
  duration: section(
    {
      buckets: setting(DURATION, {
        type: "array",
        // A bound that is infinite is left out by YAML's types in JSON.
        items: { type: "number" },
        minItems: 1,
        maxItems: MAX_BUCKETS + 1,
      }),
      min: number(DURATION, { exclusiveMinimum: 0 }),
      max: number(DURATION, { exclusiveMinimum: 0 }),
      factor: number(DURATION, { exclusiveMinimum: 1 }),
    },
    { dependencies: { min: ["max", "factor"], max: ["min", "factor"], factor: ["min", "max"] } },
  ),
  native_histograms: flag(about("native histograms", "on", true)),
});
