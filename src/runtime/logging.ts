/**
 * The log of a server: its format, its levels and its output, by options, flags and the
 * environment.
 * @module
 */

import process from "node:process";
import { type LogLevels, overridden, parseLevels } from "../log/levels.ts";
import { LOG_FORMATS, type LogFormat } from "../log/lines.ts";
import { configureLogging, isUnconfigured } from "../log.ts";
import { processOutput } from "./log-output.ts";

/** What the flags of a command say of the log. */
export interface LogChoice {
  /** Default: `EKIBEN_LOG_FORMAT`, or else text at a terminal, and JSON elsewhere. */
  readonly format?: LogFormat | undefined;
  /** Levels that override those of `EKIBEN_LOG`. */
  readonly levels?: LogLevels | undefined;
}

/** The variables of the environment. */
const LEVELS_VARIABLE = "EKIBEN_LOG";
const FORMAT_VARIABLE = "EKIBEN_LOG_FORMAT";

/**
 * Configures the log of this process, unless the program has configured LogTape itself.
 *
 * @throws Error for a variable of the environment that cannot be used
 */
export function configureServerLogging({ format, levels = {} }: LogChoice): void {
  const given = parseLevels(process.env[LEVELS_VARIABLE] ?? "", LEVELS_VARIABLE);
  configureLogging({
    format: format ?? configuredFormat() ?? (process.stdout.isTTY === true ? "text" : "json"),
    levels: overridden(given, levels),
    output: processOutput(),
  });
}

/** As `configureServerLogging()` by the environment, unless the log has been configured. */
export function ensureServerLogging(): void {
  if (isUnconfigured()) configureServerLogging({});
}

function configuredFormat(): LogFormat | undefined {
  const given = process.env[FORMAT_VARIABLE];
  if (given === undefined || given === "" || given === "auto") return undefined;
  const format = LOG_FORMATS.find((each) => each === given.toLowerCase());
  if (format !== undefined) return format;
  const shown = JSON.stringify(given.slice(0, 50));
  throw new Error(`${FORMAT_VARIABLE} must be ${LOG_FORMATS.join(" or ")}, but was ${shown}`);
}
