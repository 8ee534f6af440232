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
  type TextFormatter,
} from "@logtape/logtape";
import { stackOf } from "./error.ts";

export type { Logger };

/** The logger of this library, with the category `ekiben`. */
export const log: Logger = getLogger(["ekiben"]);

/** Logs to the console from the level `info` up, unless the program has configured logging. */
export function ensureLogging(): void {
  if (getConfig() !== null) return;
  configureSync({
    sinks: { console: getConsoleSink({ formatter: formatter() }) },
    loggers: [
      { category: ["ekiben"], lowestLevel: "info", sinks: ["console"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["console"] },
    ],
  });
}

/** Returns the format of plain lines: readers of a container's output cannot show colours. */
function formatter(): TextFormatter {
  const format = getTextFormatter({ value: "bare" });
  const text = "probe";
  const error = new Error(text);
  const rest = {
    category: [],
    level: "info",
    rawMessage: "",
    timestamp: 0,
    properties: {},
  } as const;
  if (format({ ...rest, message: ["", error, ""] }).includes(text)) return format;
  // Browsers and workerd have no way to show values, and errors would be written as {}.
  return (record) =>
    format({ ...record, message: record.message.map((each) => textOf(each) ?? each) });
}

function textOf(value: unknown, depth = 0): string | undefined {
  if (!(value instanceof Error)) return undefined;
  const text = stackOf(value);
  const cause = depth < MAX_CAUSES ? textOf(value.cause, depth + 1) : undefined;
  return cause === undefined ? text : `${text}\nCaused by: ${cause}`;
}

/** The most causes of an error that are shown: their chain may be a cycle. */
const MAX_CAUSES = 5;
