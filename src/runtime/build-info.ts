/**
 * The metric `ekiben_build_info`: what runs, for dashboards and for those who compare.
 * @module
 */

import type { MetricsRegistry } from "../metrics/registry.ts";
import { VERSION } from "../version.ts";

/** Shows Ekiben's version and the runtime's. */
export function showBuildInfo(registry: MetricsRegistry, runtime: string): void {
  const info = registry.gauge("ekiben_build_info", {
    help: "Always 1: the version of Ekiben, and the runtime that it runs on",
    labels: ["version", "runtime"],
  });
  info.set({ version: VERSION, runtime }, 1);
}
