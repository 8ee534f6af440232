/**
 * The metric `ekiben_build_info`: what runs, for dashboards and for those who compare.
 * @module
 */

import manifest from "../../package.json" with { type: "json" };
import type { MetricsRegistry } from "../metrics/registry.ts";

/** Shows Ekiben's version and the runtime's. */
export function showBuildInfo(registry: MetricsRegistry, runtime: string): void {
  const info = registry.gauge("ekiben_build_info", {
    help: "Always 1: the version of Ekiben, and the runtime that it runs on",
    labels: ["version", "runtime"],
  });
  info.set({ version: manifest.version, runtime }, 1);
}
