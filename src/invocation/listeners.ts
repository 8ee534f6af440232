/**
 * The listeners to the requests of a server, as its options say.
 * @module
 */

import { suggestion } from "../check.ts";
import { isAccessLogged } from "../log.ts";
import { AccessLog, type AccessLogOptions } from "../service/access-log.ts";
import type {
  Protocol,
  RequestCounterOptions,
  RequestMetricsOptions,
} from "../service/request-metrics.ts";
import { LateTracing } from "../tracing/late-tracing.ts";

/** The options of a server that decide what listens to its requests. */
export interface ListenedOptions {
  /** The metrics of requests. `enabled: false` switches them off, and `/metrics` too. */
  readonly metrics?: RequestMetricsOptions & { readonly enabled?: boolean };
  /** A line in the log for each request. Default false for `app()`, true for servers. */
  readonly accessLog?: boolean | AccessLogOptions;
}

/** Returns what counts, traces and logs the requests of one protocol. */
export function listenedTo(
  protocol: Protocol,
  { metrics, accessLog = false }: ListenedOptions,
): RequestCounterOptions {
  // Whoever does not want the lines of the category pays nothing for them.
  const isLogged = accessLog !== false && isAccessLogged();
  const options = accessLog === true || accessLog === false ? {} : accessLog;
  const listeners = [
    new LateTracing(protocol),
    ...(isLogged ? [new AccessLog(protocol, options)] : []),
  ];
  return { metrics, listeners };
}

const KEYS: Readonly<Record<keyof AccessLogOptions, true>> = {
  sample: true,
  skipPaths: true,
  requestContentLength: true,
  requestContentType: true,
  responseContentLength: true,
  responseContentType: true,
};

/** @throws TypeError or RangeError for a value that the option `accessLog` cannot have */
export function checkAccessLog(given: unknown): void {
  if (given === undefined || typeof given === "boolean") return;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new TypeError('"accessLog" must be true, false or an object, such as { sample: 0.1 }');
  }
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(KEYS, key));
  if (unknown !== undefined) {
    const hint = suggestion(unknown, Object.keys(KEYS), "it may have");
    throw new TypeError(`"accessLog" has no option "${unknown}": ${hint}`);
  }
  const { sample, skipPaths } = given as AccessLogOptions;
  if (sample !== undefined && !(typeof sample === "number" && sample >= 0 && sample <= 1)) {
    throw new RangeError(`"accessLog.sample" must be a number from 0 to 1, but was ${sample}`);
  }
  const isList = Array.isArray(skipPaths) && skipPaths.every((each) => typeof each === "string");
  if (skipPaths !== undefined && !isList) {
    throw new TypeError('"accessLog.skipPaths" must be a list of paths, such as ["/healthz"]');
  }
}
