/**
 * callerTimeoutOf(): the time that the caller of a request to REST will wait.
 * @module
 */

import { MAX_TIMER_MS } from "../clock.ts";
import { invalidArgument, type ServiceError } from "../error.ts";
import { excerpt } from "../io/wording.ts";
import type { ReceivedRequest } from "./received-request.ts";

/** The header of the caller: seconds, such as `0.2`, or with a unit, `200ms` or `0.2s`. */
export const REQUEST_TIMEOUT = "request-timeout";

/** Envoy's header, which that proxy adds to every request by the timeout of its route. */
const ENVOY_TIMEOUT = "x-envoy-expected-rq-timeout-ms";

/** A decimal number, without zeros before it, and its unit. */
const TIMEOUT = /^(-?(?:0|[1-9]\d{0,39})(?:\.\d{1,40})?)(ms|s)?$/;

/**
 * Returns the milliseconds that a caller will wait, the shortest of its headers and at most the
 * longest of a timer; 0 or less if its time is over. Undefined if it sent none; the error to
 * answer with if one cannot be read.
 */
export function callerTimeoutOf(
  request: Pick<ReceivedRequest, "header">,
): number | undefined | ServiceError {
  const own = request.header(REQUEST_TIMEOUT);
  const envoy = request.header(ENVOY_TIMEOUT);
  if (own === null && envoy === null) return undefined;
  let shortestMs = MAX_TIMER_MS;
  if (own !== null) {
    const [, amount, unit] = TIMEOUT.exec(own) ?? [];
    if (amount === undefined) return malformed("Request-Timeout", "in seconds, such as 0.2", own);
    shortestMs = Math.min(shortestMs, Number(amount) * (unit === "ms" ? 1 : 1000));
  }
  if (envoy !== null) {
    const [, amount, unit] = TIMEOUT.exec(envoy) ?? [];
    const isBare = amount !== undefined && unit === undefined;
    if (!isBare) return malformed(ENVOY_TIMEOUT, "in milliseconds, such as 200", envoy);
    shortestMs = Math.min(shortestMs, Number(amount));
  }
  return shortestMs;
}

function malformed(name: string, wanted: string, given: string): ServiceError {
  return invalidArgument(`${name} must be a time ${wanted}, but was "${excerpt(given)}"`);
}
