/**
 * The logger, by LogTape, and its output to the console for programs that have not configured
 * LogTape themselves.
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

/** The logger of this library, with the category `ekiben`. */
export const log: Logger = getLogger(["ekiben"]);

/** Logs to the console from the level `info` up, unless the program has configured logging. */
export function ensureLogging(): void {
  if (getConfig() !== null) return;
  configureSync({
    // Plain lines: readers of a container's output cannot show colours.
    sinks: { console: getConsoleSink({ formatter: getTextFormatter({ value: "bare" }) }) },
    loggers: [
      { category: ["ekiben"], lowestLevel: "info", sinks: ["console"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["console"] },
    ],
  });
}
