/**
 * The flags of the log.
 * @module
 */

import { type Command, InvalidArgumentError, Option } from "commander";
import { LEVELS, type LogLevel } from "../log/levels.ts";
import { LOG_FORMATS, type LogFormat } from "../log/lines.ts";
import { configureServerLogging } from "../runtime/logging.ts";
import type { ServeOptions } from "../runtime/serve-options.ts";

/** The values of the flags. */
export interface LogFlags {
  readonly logFormat?: LogFormat | "auto";
  readonly logLevel?: LogLevel | "off";
  /** False for `--no-access-log`. */
  readonly accessLog: boolean;
  readonly accessLogSample?: number;
}

/** Adds the flags. */
export function withLogFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--log-format <format>",
        "the lines of the log: text or json (default: text at a terminal, json elsewhere)",
      )
        .env("EKIBEN_LOG_FORMAT")
        .choices([...LOG_FORMATS, "auto"]),
    )
    .addOption(
      new Option(
        "--log-level <level>",
        "the lowest level to log; EKIBEN_LOG sets those of categories (default: info)",
      )
        .env("EKIBEN_LOG_LEVEL")
        .choices([...LEVELS, "off"]),
    )
    .addOption(new Option("--no-access-log", "do not log a line for each request"))
    .addOption(
      new Option(
        "--access-log-sample <share>",
        "the share of successful requests that are logged, from 0 to 1; failed ones all are",
      )
        .env("EKIBEN_ACCESS_LOG_SAMPLE")
        .argParser(share),
    );
}

/** Configures the log by the flags. @returns the options of the access log that they set */
export function readLogFlags(flags: LogFlags): Pick<ServeOptions, "accessLog"> {
  const { logFormat, logLevel, accessLog, accessLogSample: sample } = flags;
  configureServerLogging({
    format: logFormat === "auto" ? undefined : logFormat,
    levels: logLevel === undefined ? undefined : { all: logLevel },
  });
  if (!accessLog) return { accessLog: false };
  return sample === undefined ? {} : { accessLog: { sample } };
}

function share(text: string): number {
  const value = Number(text);
  if (/^[\d.]+$/.test(text) && value <= 1) return value;
  throw new InvalidArgumentError("It must be a number from 0 to 1.");
}
