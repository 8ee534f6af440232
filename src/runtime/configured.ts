/**
 * What a configuration says, in the words of those that it is said to.
 * @module
 */

import type { Config } from "../config/config.ts";
import type { AppOptions } from "../http/app.ts";
import { exponentialBuckets } from "../metrics/buckets.ts";
import type { StartDefaults } from "../runner/runner-options.ts";
import type { StartOptions } from "../service/service.ts";

/** The settings of the HTTP application. */
export function configuredApp(config: Config | undefined): Pick<AppOptions, "metrics"> {
  if (config === undefined) return {};
  const { enabled, namespace, duration } = config.apiServer.metrics;
  if (duration === undefined) return { metrics: { enabled, namespace } };
  const buckets =
    "buckets" in duration
      ? duration.buckets
      : exponentialBuckets(duration.min, duration.factor, duration.max);
  return { metrics: { enabled, namespace, buckets } };
}

/** The settings of the runners. */
export function configuredRunners(config: Config | undefined): StartDefaults & StartOptions {
  if (config === undefined) return {};
  return {
    settingsOf: (name) => {
      const { batching, callTimeoutMs } = config.runner(name);
      return { batch: batching, callTimeoutMs };
    },
    runnerMetrics: (name) => config.runner(name).metrics,
  };
}
