/**
 * Timeouts in headers: how long a caller will wait.
 * @module
 */

import { parseTimeout } from "@connectrpc/connect/protocol-grpc";

/** What a timer takes, in milliseconds, and a little less in hours. A longer one fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const MAX_TIMER = "596H";

/** How long a caller will wait, and the headers that say so. */
export interface CallerTimeout {
  /** Undefined where it does not say, or what it says is no time: the protocol's handler tells. */
  readonly timeoutMs: number | undefined;
  readonly header: Headers;
}

/** Reads the time that a call has. More than a timer takes is cut to 24 days, in headers too. */
export function readTimeout(header: Headers): CallerTimeout {
  const grpc = header.get("grpc-timeout");
  const connect = header.get("connect-timeout-ms") ?? "";
  const timeoutMs =
    parseTimeout(grpc, Number.MAX_VALUE).timeoutMs ??
    (/^\d{1,10}$/.test(connect) ? Number(connect) : undefined);
  if (timeoutMs === undefined || timeoutMs <= MAX_TIMER_MS) return { timeoutMs, header };
  const cut = new Headers(header);
  if (grpc === null) cut.set("connect-timeout-ms", String(MAX_TIMER_MS));
  else cut.set("grpc-timeout", MAX_TIMER);
  return { timeoutMs: MAX_TIMER_MS, header: cut };
}
