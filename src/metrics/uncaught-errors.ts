/**
 * The metric of unhandled errors.
 * @module
 */

import type { MetricsRegistry } from "./registry.ts";
import type { LabelledCounter } from "./types/counter.ts";

/** An unhandled rejection, or an exception outside of any call. */
export type UncaughtKind = "rejection" | "exception";

/** Defines the metric, or returns the existing one. Both of its series start at 0. */
export function uncaughtErrors(registry: MetricsRegistry): LabelledCounter<"kind"> {
  const counter = registry.counter("ekiben_uncaught_errors_total", {
    help: "Unhandled errors, in the main thread and in workers, by kind: rejection or exception",
    labels: ["kind"],
  });
  for (const kind of ["rejection", "exception"]) counter.inc({ kind }, 0);
  return counter;
}
