/**
 * The keys under `api_server.logging`, and BentoML's keys under `runners.logging`.
 * @module
 */

import { type Section, section, subsection } from "./mapping.ts";
import { flag, valueAt } from "./value.ts";

/** The settings of the access log. */
export interface AccessLogConfig {
  readonly enabled?: boolean;
  readonly sample?: number;
  readonly requestContentLength?: boolean;
  readonly requestContentType?: boolean;
  readonly responseContentLength?: boolean;
  readonly responseContentType?: boolean;
  readonly skipPaths?: readonly string[];
}

const ACCESS = [
  ...["enabled", "request_content_length", "request_content_type", "response_content_length"],
  ...["response_content_type", "skip_paths", "format", "sample"],
];

/** @throws Error for an unknown key or an invalid value */
export function accessLogConfig(apiServer: Section): AccessLogConfig {
  const logging = subsection(apiServer, "logging", { known: ["access"] });
  return accessOf(logging);
}

/**
 * Checks the keys of runners. Their calls have no lines of their own: the line of a request has
 * the rows of its calls and their batch.
 *
 * @throws Error for an unknown key or an invalid value
 */
export function checkRunnerLogging(path: string, value: unknown): void {
  accessOf(section(path, value, { known: ["access"] }));
}

function accessOf(logging: Section): AccessLogConfig {
  const access = subsection(logging, "access", { known: ACCESS });
  const format = subsection(access, "format", { known: ["trace_id", "span_id"] });
  // Ids are written as W3C's headers have them. No collector wants others.
  only(format, "trace_id", "032x");
  only(format, "span_id", "016x");
  const settings = {
    enabled: flag(access, "enabled"),
    sample: valueAt(access, "sample", "a number from 0 to 1", isShare),
    requestContentLength: flag(access, "request_content_length"),
    requestContentType: flag(access, "request_content_type"),
    responseContentLength: flag(access, "response_content_length"),
    responseContentType: flag(access, "response_content_type"),
    skipPaths: valueAt(access, "skip_paths", 'a list of paths, such as ["/healthz"]', isPaths),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function isShare(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= 1;
}

function isPaths(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function only(format: Section, key: string, word: string): void {
  valueAt(format, key, `"${word}": hexadecimal`, (value): value is string => value === word);
}
