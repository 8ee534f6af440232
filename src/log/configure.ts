/**
 * The configuration of LogTape, for programs that have not configured it themselves.
 * @module
 */

import {
  type Config,
  configureSync,
  getConfig,
  getConsoleSink,
  type LogLevel as LogTapeLevel,
  type Sink,
} from "@logtape/logtape";
import { CATEGORIES, type LogLevel, type LogLevels } from "./levels.ts";
import { type LogFormat, linesAs } from "./lines.ts";

/** The output of a process. */
export interface LogOutput {
  /**
   * Writes a line, which ends with a line break. Neither waits nor throws.
   *
   * @param isProblem true for warnings and errors
   */
  write(line: string, isProblem: boolean): void;
  /** As `write()`, for lines of requests: they may wait a little, to be written together. */
  writeSoon(line: string): void;
}

/** The settings of the log. */
export interface LogSettings {
  readonly format: LogFormat;
  readonly levels: LogLevels;
  /** Where lines go. Default: the console. */
  readonly output?: LogOutput;
}

type OwnConfig = Config<string, string>;

/** The configuration that was made here, and its settings. */
let own: { readonly config: OwnConfig; readonly settings: LogSettings } | undefined;

const DEFAULT: LogSettings = { format: "text", levels: {} };

/** Logs to the console from the level `info` up, unless logging has been configured. */
export function ensureLogging(): void {
  if (getConfig() === null) configure(DEFAULT);
}

/** Configures the log, unless the program has configured LogTape itself. */
export function configureLogging(settings: LogSettings): void {
  if (getConfig() === null || ownSettings() !== undefined) configure(settings);
}

/**
 * Returns the settings that `configureLogging()` has set; undefined if the program has configured
 * LogTape itself.
 */
export function ownSettings(): LogSettings | undefined {
  return own !== undefined && getConfig() === own.config ? own.settings : undefined;
}

/** True if `configureLogging()` has not been called, nor has the program configured LogTape. */
export function isUnconfigured(): boolean {
  return getConfig() === null || ownSettings() === DEFAULT;
}

function configure(settings: LogSettings): void {
  const { all = "info", categories = {} } = settings.levels;
  const config: OwnConfig = {
    sinks: { lines: sinkOf(settings) },
    loggers: [
      { category: ["ekiben"], lowestLevel: lowest(all), sinks: ["lines"] },
      ...CATEGORIES.flatMap((name) => {
        const level = categories[name];
        return level === undefined
          ? []
          : [{ category: ["ekiben", name], lowestLevel: lowest(level) }];
      }),
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["lines"] },
    ],
  };
  configureSync({ ...config, reset: true });
  const made = getConfig();
  own = made === null ? undefined : { config: made, settings };
}

function lowest(level: LogLevel | "off"): LogTapeLevel | null {
  return level === "off" ? null : level;
}

function sinkOf({ format, output }: LogSettings): Sink {
  const line = linesAs(format);
  if (output === undefined) return getConsoleSink({ formatter: line });
  return (record) => {
    const isProblem = record.level !== "debug" && record.level !== "info";
    output.write(line(record), isProblem && record.level !== "trace");
  };
}
