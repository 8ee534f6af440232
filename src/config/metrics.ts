/**
 * The keys under `metrics`, of the server and of runners.
 * @module
 */

import { type Section, section, subsection } from "./mapping.ts";
import { flag, isNumber, numberAbove, valueAt } from "./value.ts";

/** The settings of a group of metrics. */
export interface MetricsConfig {
  readonly enabled: boolean;
  /** The prefix of names, such as `bentoml_runner` in `bentoml_runner_request_total`. */
  readonly namespace: string;
}

/** The metrics of the server. */
export interface ApiServerMetricsConfig extends MetricsConfig {
  /** The buckets of the histogram of durations; `undefined` for the default ones. */
  readonly duration: DurationConfig | undefined;
  /** True if histograms are also exposed as native ones; `undefined` if not configured. */
  readonly nativeHistograms?: boolean;
}

/**
 * The upper bounds of buckets in seconds, without the infinite one: a list, or from `min` on, each
 * `factor` times the one before, and `max` as the last.
 */
export type DurationConfig =
  | { readonly buckets: readonly number[] }
  | { readonly min: number; readonly max: number; readonly factor: number };

/** The most bounds: each is a time series. */
export const MAX_BUCKETS = 1_000;

/** The default prefixes of names. */
export const METRICS_NAMESPACE = {
  apiServer: "bentoml_api_server",
  runner: "bentoml_runner",
} as const;

/** A prefix of names that Prometheus accepts. */
export const NAMESPACE: RegExp = /^[a-zA-Z_:][\w:]*$/;

/** @throws Error for an unknown key or an invalid value */
export function apiServerMetrics(apiServer: Section): ApiServerMetricsConfig {
  const known = ["enabled", "namespace", "duration", "native_histograms"];
  const metrics = subsection(apiServer, "metrics", { known });
  const nativeHistograms = flag(metrics, "native_histograms");
  return {
    ...common(metrics, METRICS_NAMESPACE.apiServer),
    duration: duration(metrics),
    ...(nativeHistograms === undefined ? {} : { nativeHistograms }),
  };
}

/** @throws Error for an unknown key or an invalid value */
export function runnerMetrics(path: string, value: unknown): MetricsConfig {
  return common(
    section(path, value, { known: ["enabled", "namespace"] }),
    METRICS_NAMESPACE.runner,
  );
}

function common(metrics: Section, namespace: string): MetricsConfig {
  return {
    enabled: flag(metrics, "enabled") ?? true,
    namespace:
      valueAt(
        metrics,
        "namespace",
        'letters, digits, "_" and ":", with no digit at the start',
        (value): value is string => typeof value === "string" && NAMESPACE.test(value),
      ) ?? namespace,
  };
}

/**
 * `min`, `max` and `factor` take precedence over `buckets`, as documented by BentoML; its releases
 * 1.0.11 to 1.3.1 ignored them, since their default configuration has `buckets`.
 */
function duration(metrics: Section): DurationConfig | undefined {
  const known = ["buckets", "min", "max", "factor"];
  const given = subsection(metrics, "duration", { known });
  const buckets = valueAt(
    given,
    "buckets",
    `a list of at most ${MAX_BUCKETS} rising numbers, the last of which may be .inf`,
    isRising,
  );
  const min = numberAbove(given, "min", 0);
  const max = numberAbove(given, "max", min ?? 0);
  const factor = numberAbove(given, "factor", 1);
  if (min !== undefined && max !== undefined && factor !== undefined) return { min, max, factor };
  const missing = Object.entries({ min, max, factor })
    .filter(([, value]) => value === undefined)
    .map(([key]) => key);
  if (missing.length < 3) {
    throw new Error(
      `"${given.path}" has no ${missing.join(" and no ")}: give "min", "max" and "factor", ` +
        'or none of them and "buckets"',
    );
  }
  return buckets === undefined ? undefined : { buckets: finite(buckets) };
}

/** Removes the infinite bound, which every histogram has anyway. */
function finite(buckets: readonly number[]): readonly number[] {
  return buckets.filter((bound) => bound !== Number.POSITIVE_INFINITY);
}

function isRising(value: unknown): value is readonly number[] {
  if (!Array.isArray(value)) return false;
  const bounds = value.at(-1) === Number.POSITIVE_INFINITY ? value.slice(0, -1) : value;
  if (bounds.length === 0 || bounds.length > MAX_BUCKETS) return false;
  return bounds.every((bound, at) => isNumber(bound) && (at === 0 || bound > bounds[at - 1]));
}
