/**
 * The lines of log records: as text for people, or as JSON for collectors.
 * @module
 */

import { getTextFormatter, type LogRecord, type TextFormatter } from "@logtape/logtape";
import { stackOf } from "../error.ts";
import { redactText } from "./redact.ts";

/** The formats of lines. */
export const LOG_FORMATS = ["text", "json"] as const;

/** The format of lines. */
export type LogFormat = (typeof LOG_FORMATS)[number];

/** The most causes of an error that are shown: their chain may be a cycle. */
const MAX_CAUSES = 5;

/** Returns the function that makes the line of a record, with its line break. */
export function linesAs(format: LogFormat): TextFormatter {
  return format === "json" ? jsonLines() : textLines();
}

/** Plain text: readers of a container's output cannot show colours. */
function textLines(): TextFormatter {
  const format = getTextFormatter({ value: "bare", timestamp: "rfc3339" });
  const show = showsErrors(format) ? format : shownErrors(format);
  return (record) => withoutControls(redactText(show(record)));
}

/** A JSON object a line. Secrets and control characters cannot leave their strings. */
function jsonLines(): TextFormatter {
  const message = getTextFormatter({ value: "bare", format: (each) => each.message });
  const brief = (value: unknown) => (value instanceof Error ? String(value) : value);
  return (record) => {
    const { timestamp, level, category } = record;
    const parts = record.message.map((each) => brief(each));
    const text = message({ ...record, message: parts }).trimEnd();
    const error = record.message.find((each) => each instanceof Error);
    const stack = textOf(error);
    const line = {
      time: isoTime(timestamp),
      level,
      category: category.join("."),
      message: redactText(text),
      ...(stack === undefined ? {} : { error: redactText(stack) }),
    };
    return `${JSON.stringify(line)}\n`;
  };
}

/** False in browsers and workerd, which have no way to show values: errors are written as `{}`. */
function showsErrors(format: TextFormatter): boolean {
  const text = "probe";
  const record = {
    category: [],
    level: "info",
    message: ["", new Error(text), ""],
    rawMessage: "",
    timestamp: 0,
    properties: {},
  } as const;
  return format(record).includes(text);
}

function shownErrors(format: TextFormatter): TextFormatter {
  return (record) =>
    format({ ...record, message: record.message.map((each) => textOf(each) ?? each) });
}

/** Returns the stack of an error, and those of its causes; undefined for any other value. */
function textOf(value: unknown, depth = 0): string | undefined {
  if (!(value instanceof Error)) return undefined;
  const text = stackOf(value);
  const cause = depth < MAX_CAUSES ? textOf(value.cause, depth + 1) : undefined;
  return cause === undefined ? text : `${text}\nCaused by: ${cause}`;
}

/** Control characters, except tabs and line breaks: terminals take them for commands. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it finds
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it finds
const BREAKS = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g;

/** Returns a text of several lines without the control characters that a caller may have sent. */
function withoutControls(text: string): string {
  return text.replace(CONTROLS, escaped);
}

/** Returns a text for one line: line breaks and control characters are escaped. */
export function oneLine(text: string): string {
  return text.replace(BREAKS, escaped);
}

function escaped(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

/** The last time that was written, to its second: making the whole text takes a microsecond. */
let second = Number.NaN;
let prefix = "";

/** Returns a time as RFC 3339 has it: `2026-11-29T11:53:18.123Z`. */
export function isoTime(timestamp: number): string {
  const time = Math.floor(timestamp);
  const milliseconds = time % 1000;
  if (time - milliseconds !== second) {
    second = time - milliseconds;
    prefix = new Date(second).toISOString().slice(0, 20);
  }
  return `${prefix}${String(milliseconds).padStart(3, "0")}Z`;
}

/** The type of a record, for the sinks. */
export type { LogRecord };
