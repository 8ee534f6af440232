/**
 * The logger, and the console output used where the host program has set up none of its own.
 * LogTape does the work: a program that configures it decides where everything goes.
 * @module
 */

import {
  configureSync,
  getConfig,
  getConsoleSink,
  getLogger,
  getTextFormatter,
  type Logger,
} from "@logtape/logtape";

export type { Logger };

/** The logger of everything here; its category is `ekiben`. */
export const log: Logger = getLogger(["ekiben"]);

/** Logs to the console from level `info` up, unless the program has configured logging itself. */
export function ensureLogging(): void {
  if (getConfig() !== null) return;
  configureSync({
    // Plain lines: what reads a container's output wants no colours.
    sinks: { console: getConsoleSink({ formatter: getTextFormatter({ value: "bare" }) }) },
    loggers: [
      { category: ["ekiben"], lowestLevel: "info", sinks: ["console"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["console"] },
    ],
  });
}
