/**
 * The loggers, by LogTape: one for each category. A program that configures LogTape itself decides
 * where they log to.
 * @module
 */

import { getLogger, type Logger } from "@logtape/logtape";

export {
  configureLogging,
  ensureLogging,
  isUnconfigured,
  type LogOutput,
  type LogSettings,
  ownSettings,
} from "./log/configure.ts";
export type { Logger };

/** The logger of this library, with the category `ekiben`. */
export const log: Logger = getLogger(["ekiben"]);

/** A line for each request, with the category `ekiben.access`. */
export const accessLog: Logger = getLogger(["ekiben", "access"]);

/** Connections and requests over HTTP, with the category `ekiben.http`. */
export const httpLog: Logger = getLogger(["ekiben", "http"]);

/** Calls over gRPC, gRPC-Web and Connect, with the category `ekiben.rpc`. */
export const rpcLog: Logger = getLogger(["ekiben", "rpc"]);

/** Runners and their workers, with the category `ekiben.runner`. */
export const runnerLog: Logger = getLogger(["ekiben", "runner"]);

/** The models of a folder, with the category `ekiben.repository`. */
export const repositoryLog: Logger = getLogger(["ekiben", "repository"]);

/** True if lines of requests go anywhere. */
export function isAccessLogged(): boolean {
  return accessLog.isEnabledFor("info");
}
