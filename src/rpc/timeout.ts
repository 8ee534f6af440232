/**
 * Timeouts in headers: how long a caller will wait.
 * @module
 */

import { parseTimeout } from "@connectrpc/connect/protocol-grpc";
import { MAX_TIMER_MS } from "../host.ts";

/** The longest time that a timer takes, in the words of each header: gRPC's has eight digits. */
const LONGEST = {
  "grpc-timeout": `${Math.floor(MAX_TIMER_MS / 1000)}S`,
  "connect-timeout-ms": String(MAX_TIMER_MS),
} as const;

/**
 * Reads the time that a call has, in milliseconds, at most what a timer takes. Undefined where its
 * caller does not say, or what it says is no time: the protocol's own handler answers that.
 *
 * @param read gives the value of a header
 */
export function timeoutOf(
  read: (name: "grpc-timeout" | "connect-timeout-ms") => string | null | undefined,
): number | undefined {
  const connect = read("connect-timeout-ms") ?? "";
  const timeoutMs =
    parseTimeout(read("grpc-timeout") ?? null, Number.MAX_VALUE).timeoutMs ??
    (/^\d{1,10}$/.test(connect) ? Number(connect) : undefined);
  return timeoutMs === undefined ? undefined : Math.min(timeoutMs, MAX_TIMER_MS);
}

/**
 * The headers of a call for handlers with timers of their own: what no timer takes is shortened, in
 * a copy.
 *
 * @param timeoutMs what `timeoutOf()` says of them
 */
export function shortened(headers: Headers, timeoutMs: number | undefined): Headers {
  if (timeoutMs !== MAX_TIMER_MS) return headers;
  const copy = new Headers(headers);
  for (const [name, value] of Object.entries(LONGEST)) {
    if (copy.has(name)) copy.set(name, value);
  }
  return copy;
}
