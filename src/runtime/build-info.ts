/**
 * The metric `ekiben_build_info`: the versions of Ekiben and of its runtime, for dashboards.
 * @module
 */

import type { MetricsRegistry } from "../metrics/registry.ts";
import { VERSION } from "../version.ts";

/** Adds the metric to a registry. */
export function showBuildInfo(registry: MetricsRegistry, runtime: string): void {
  const info = registry.gauge("ekiben_build_info", {
    help: "Always 1: the version of Ekiben, and the runtime that it runs on",
    labels: ["version", "runtime"],
  });
  info.set({ version: VERSION, runtime }, 1);
}
