/**
 * What a user's code leaves unhandled in the main thread: logged whole and counted, instead of
 * ending the process at once.
 * @module
 */

import process from "node:process";
import { log } from "../log.ts";
import type { MetricsRegistry } from "../metrics/registry.ts";
import { uncaughtErrors } from "../metrics/uncaught-errors.ts";

/** The policies after an uncaught exception. */
export const UNCAUGHT_POLICIES = ["drain", "continue"] as const;

/**
 * What follows an uncaught exception: the server stops as by SIGTERM and the process exits with 1
 * (`drain`), or the server goes on (`continue`).
 */
export type UncaughtPolicy = (typeof UNCAUGHT_POLICIES)[number];

/**
 * Checks a policy that a program gives.
 *
 * @throws TypeError for anything else than a policy or false
 */
export function checkPolicy(policy: UncaughtPolicy | false): UncaughtPolicy | false {
  if (policy === false || UNCAUGHT_POLICIES.includes(policy)) return policy;
  const choices = UNCAUGHT_POLICIES.map((each) => `"${each}"`).join(", ");
  throw new TypeError(`"onUncaught" must be ${choices} or false, but was ${String(policy)}`);
}

/** How unhandled errors are watched. */
export interface UncaughtOptions {
  /** Where they are counted. */
  readonly metrics: MetricsRegistry;
  /** False leaves everything as it is. */
  readonly policy: UncaughtPolicy | false;
  /** Stops the server; called at the first uncaught exception where the policy is to drain. */
  readonly drain: () => void;
}

/**
 * Handles the unhandled errors of this process. A rejected promise changes nothing else: its work
 * has failed and nobody asked for it. After an exception the state of the program is unknown.
 *
 * @returns removes the handlers
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
    log.error("Stopping, and ending with 1: nothing is known of the state of the program now");
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

/**
 * Keeps the process alive when the reader of its output goes: what is logged from then on is lost.
 * Node reports a closed pipe as an error of the stream, which nobody else handles.
 *
 * @returns ends that
 */
export function surviveClosedOutput(): () => void {
  const ignore = (): void => {};
  const streams = [process.stdout, process.stderr];
  for (const stream of streams) stream.on("error", ignore);
  return () => {
    for (const stream of streams) stream.off("error", ignore);
  };
}
