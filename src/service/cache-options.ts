/**
 * ApiCacheOptions: the cache of an API's answers.
 * @module
 */

import { checkCount, checkOptions } from "../check.ts";

/** The cache of an API's answers. */
export interface ApiCacheOptions {
  /** The most memory of its answers and their inputs, in bytes. Default 64 MiB. */
  readonly maxBytes?: number;
  /** The most answers. Default 10,000. */
  readonly maxEntries?: number;
  /** The time after which an answer is computed anew, in milliseconds. Default: none. */
  readonly maxAgeMs?: number;
  /**
   * True if the answer does not depend on the caller, so that one caller may get what was computed
   * for another. Default false: callers with other credentials (`context.caller`, `Authorization`,
   * `Proxy-Authorization`, `X-Api-Key` or `Cookie`) have answers of their own.
   */
  readonly shared?: boolean;
  /** Other headers of the request that the answer depends on, such as `accept-language`. */
  readonly vary?: readonly string[];
}

/**
 * The headers of a request that say who asks. An answer that is not shared is kept for each value
 * of them, here and, by `Vary`, in the caches of others.
 */
export const CREDENTIALS: readonly string[] = [
  "authorization",
  "proxy-authorization",
  "x-api-key",
  "cookie",
];

const KNOWN: readonly (keyof ApiCacheOptions)[] = [
  ...(["maxBytes", "maxEntries", "maxAgeMs", "shared", "vary"] as const),
];

/**
 * Checks the option `cache` of an API.
 *
 * @throws TypeError for an unknown option or a wrong header, RangeError for a wrong number
 */
export function checkCacheOptions(options: ApiCacheOptions): void {
  checkOptions("Cannot cache the answers of an API", options, KNOWN, {});
  const { maxBytes = 1, maxEntries = 1, maxAgeMs = 1, shared = false, vary = [] } = options;
  checkCount("maxBytes", maxBytes);
  checkCount("maxEntries", maxEntries);
  checkCount("maxAgeMs", maxAgeMs);
  if (typeof shared !== "boolean") {
    throw new TypeError(`"shared" of a cache must be true or false, but was ${shared}`);
  }
  for (const name of vary) {
    if (typeof name === "string" && /^[a-z0-9!#$%&'*+.^_`|~-]+$/i.test(name)) continue;
    throw new TypeError(`"vary" of a cache must have names of headers, but has "${name}"`);
  }
}
