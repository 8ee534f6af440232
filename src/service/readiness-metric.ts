/**
 * The metric `ekiben_ready`: whether a service takes requests, as `/readyz` answers.
 * @module
 */

import type { Service } from "./service.ts";

/** Adds the metric to the registry of a service. */
export function showReadiness(service: Service): void {
  const ready = service.metrics.gauge("ekiben_ready", {
    help: "1 if the service takes requests, 0 while it starts, stops, or lacks workers",
    labels: ["service_name", "service_version"],
  });
  const about = { service_name: service.name, service_version: service.version };
  ready.setFunction(about, () => Number(service.ready));
}
