/**
 * The metric of errors that no code handled.
 * @module
 */

import type { LabelledCounter } from "./counter.ts";
import type { MetricsRegistry } from "./registry.ts";

/** A rejected promise without a handler, or an exception outside of any call. */
export type UncaughtKind = "rejection" | "exception";

/** Defines the metric, or finds it where it is defined already. Both kinds are shown from 0. */
export function uncaughtErrors(registry: MetricsRegistry): LabelledCounter<"kind"> {
  const counter = registry.counter("ekiben_uncaught_errors_total", {
    help: "Errors that no code handled, here and in workers, by kind: rejection or exception",
    labels: ["kind"],
  });
  for (const kind of ["rejection", "exception"]) counter.inc({ kind }, 0);
  return counter;
}
