/**
 * Unhandled errors of a user's code in the main thread, which are logged in full and counted
 * instead of ending the process at once.
 * @module
 */

import process from "node:process";
import { log } from "../log.ts";
import type { MetricsRegistry } from "../metrics/registry.ts";
import { uncaughtErrors } from "../metrics/uncaught-errors.ts";
import { surviveClosedOutput } from "./closed-output.ts";
import type { UncaughtPolicy } from "./uncaught-policy.ts";

/** The options of `handleUncaught()`. */
export interface UncaughtOptions {
  /** The registry of the counters of errors. */
  readonly metrics: MetricsRegistry;
  /** False installs no handlers. */
  readonly policy: UncaughtPolicy | false;
  /** Stops the server; called at the first uncaught exception if the policy is to drain. */
  readonly drain: () => void;
}

/**
 * Handles the unhandled errors of this process. A rejected promise that nobody awaits is logged and
 * counted only. After an uncaught exception, the state of the program is unknown.
 *
 * @returns a function that removes the handlers
 */
export function handleUncaught({ metrics, policy, drain }: UncaughtOptions): () => void {
  const errors = uncaughtErrors(metrics);
  if (policy === false) return () => {};
  let isDraining = false;
  const onRejection = (error: unknown): void => {
    errors.inc({ kind: "rejection" });
    log.error("Unhandled rejection: {error}", { error });
  };
  const onException = (error: unknown): void => {
    errors.inc({ kind: "exception" });
    log.error("Uncaught exception: {error}", { error });
    if (policy === "continue" || isDraining) return;
    isDraining = true;
    log.error("Stopping, and exiting with 1: the state of the program is unknown now");
    drain();
  };
  const stopGuard = surviveClosedOutput();
  process.on("unhandledRejection", onRejection);
  process.on("uncaughtException", onException);
  return () => {
    process.off("unhandledRejection", onRejection);
    process.off("uncaughtException", onException);
    stopGuard();
  };
}
