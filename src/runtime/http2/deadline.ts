/**
 * Deadline: how long a caller will wait, by the header that its protocol has for it.
 * @module
 */

import type { IncomingHttpHeaders } from "node:http2";
import { parseTimeout } from "@connectrpc/connect/protocol-grpc";

/** What a timer takes, in milliseconds: 24 days. One for longer would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The same for headers, of which gRPC's takes eight digits. */
const LONGEST = {
  "grpc-timeout": `${Math.floor(MAX_TIMER_MS / 1000)}S`,
  "connect-timeout-ms": String(MAX_TIMER_MS),
} as const;

/**
 * The time that a call has, in milliseconds, at most what a timer takes. Undefined without one,
 * and for a value that is wrong: the protocol's own handler answers it.
 */
export function timeoutOf(headers: IncomingHttpHeaders): number | undefined {
  const grpc = headers["grpc-timeout"];
  const connect = headers["connect-timeout-ms"];
  let timeoutMs: number | undefined;
  if (typeof grpc === "string") ({ timeoutMs } = parseTimeout(grpc, Number.MAX_VALUE));
  else if (typeof connect === "string" && /^\d{1,10}$/.test(connect)) timeoutMs = Number(connect);
  return timeoutMs === undefined ? undefined : Math.min(timeoutMs, MAX_TIMER_MS);
}

/** Shortens a time that no timer takes, for handlers with timers of their own. */
export function shortenTimeout(metadata: Headers, timeoutMs: number | undefined): void {
  if (timeoutMs !== MAX_TIMER_MS) return;
  for (const [name, value] of Object.entries(LONGEST)) {
    if (metadata.has(name)) metadata.set(name, value);
  }
}
