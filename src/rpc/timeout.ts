/**
 * Timeouts of calls, in headers.
 * @module
 */

import { MAX_TIMER_MS } from "../clock.ts";

/** The longest time of a timer, in the form of each header: gRPC's has eight digits. */
const LONGEST = {
  "grpc-timeout": `${Math.floor(MAX_TIMER_MS / 1000)}S`,
  "connect-timeout-ms": String(MAX_TIMER_MS),
} as const;

/** The units of gRPC's header, in milliseconds. */
const UNITS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/**
 * Reads the timeout of a call, in milliseconds, at most the longest of a timer. Undefined if there
 * is none, or an invalid one: the protocol's own handler reports that.
 *
 * @param read returns the value of a header
 */
export function timeoutOf(
  read: (name: "grpc-timeout" | "connect-timeout-ms") => string | null | undefined,
): number | undefined {
  const connect = read("connect-timeout-ms") ?? "";
  const timeoutMs =
    grpcTimeoutOf(read("grpc-timeout") ?? "") ??
    (/^\d{1,10}$/.test(connect) ? Number(connect) : undefined);
  return timeoutMs === undefined ? undefined : Math.min(timeoutMs, MAX_TIMER_MS);
}

/** Reads gRPC's header; undefined for an invalid one. */
function grpcTimeoutOf(header: string): number | undefined {
  const [, count, unit = ""] = /^(\d{1,8})([HMSmun])$/.exec(header) ?? [];
  const unitMs = UNITS[unit];
  return unitMs === undefined ? undefined : unitMs * Number(count);
}

/**
 * Returns the headers of a call for handlers with their own timers. If the timeout is longer than a
 * timer's longest, it is shortened in a copy.
 *
 * @param timeoutMs the result of `timeoutOf()`
 */
export function shortened(headers: Headers, timeoutMs: number | undefined): Headers {
  if (timeoutMs !== MAX_TIMER_MS) return headers;
  const copy = new Headers(headers);
  for (const [name, value] of Object.entries(LONGEST)) {
    if (copy.has(name)) copy.set(name, value);
  }
  return copy;
}
