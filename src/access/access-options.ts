/**
 * The options of a server about who may call it.
 * @module
 */

import { checkCount, checkOptions } from "../check.ts";
import type { CorsOptions } from "./cors.ts";
import type { RateLimitOption } from "./rate.ts";

/** The options. */
export interface AccessOptions {
  /**
   * The API keys that calls need, each as `name:key`, `name:sha256:<hex>`, or a key alone. They are
   * sent as `Authorization: Bearer <key>` or `X-Api-Key`. Default: calls need none.
   *
   * @example
   * ["ada:b3c9…", "ci:sha256:9f86d0…"]
   */
  readonly apiKeys?: readonly string[];
  /** The keys of `/metrics`, or `open` if it needs none. Default `apiKeys`. */
  readonly metricsKeys?: "open" | readonly string[];
  /** Paths that need no key, beside the probes and the page: `/about`, or `/site/*`. */
  readonly openPaths?: readonly string[];
  /**
   * The web pages that may call, by their origins (CORS): `*`, one, several, or all settings.
   * Default: none but those of the server itself.
   */
  readonly cors?: string | readonly string[] | CorsOptions;
  /**
   * The requests that each caller may make, by its key or else its address: `100/s`, `100/m`. Over
   * it, they are answered with 429 and `Retry-After`. Default: any.
   */
  readonly rateLimit?: RateLimitOption;
  /** The requests under way at the same time; over it, they are answered with 429. Default: any. */
  readonly maxConcurrency?: number;
  /**
   * The proxies whose `X-Forwarded-For` is believed: addresses, networks such as `10.0.0.0/8`,
   * `loopback`, or `private`. Default: none.
   */
  readonly trustedProxies?: readonly string[];
  /**
   * The names by which a server that listens on this machine alone is reached, beside `localhost`:
   * those of a proxy in front of it. `*` for any. For `app()`, they say that it is such a server,
   * which refuses web pages of other origins: `[]` if it has no other name.
   */
  readonly allowedHosts?: readonly string[];
}

/** All options, to find misspelt ones. The types keep the list complete. */
export const ACCESS_OPTIONS: Readonly<Record<keyof AccessOptions, true>> = {
  allowedHosts: true,
  apiKeys: true,
  cors: true,
  maxConcurrency: true,
  metricsKeys: true,
  openPaths: true,
  rateLimit: true,
  trustedProxies: true,
};

const CORS_OPTIONS: Readonly<Record<keyof CorsOptions, true>> = {
  credentials: true,
  exposeHeaders: true,
  headers: true,
  maxAgeSeconds: true,
  methods: true,
  originRegex: true,
  origins: true,
};

/** Returns those of the options of a server that are about access. */
export function accessOptionsIn(options: AccessOptions): AccessOptions {
  const names = Object.keys(ACCESS_OPTIONS) as (keyof AccessOptions)[];
  const given = names.filter((name) => options[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, options[name]]));
}

/** @throws TypeError for a value of another type, RangeError for a number out of its range */
export function checkAccessOptions(options: AccessOptions): void {
  for (const option of ["allowedHosts", "apiKeys", "openPaths", "trustedProxies"] as const) {
    checkTexts(option, options[option]);
  }
  if (options.metricsKeys !== "open") checkTexts("metricsKeys", options.metricsKeys);
  const { cors, maxConcurrency } = options;
  if (maxConcurrency !== undefined) checkCount("maxConcurrency", maxConcurrency);
  if (cors === undefined || typeof cors === "string") return;
  if (Array.isArray(cors)) return checkTexts("cors", cors);
  checkOptions('Cannot set "cors"', cors, Object.keys(CORS_OPTIONS));
  const { maxAgeSeconds } = cors as CorsOptions;
  if (maxAgeSeconds !== undefined) checkCount("cors.maxAgeSeconds", maxAgeSeconds, 0);
}

/** The values are not shown: they may be keys. */
function checkTexts(option: string, given: unknown): void {
  if (given === undefined) return;
  const isRight = Array.isArray(given) && given.every((each) => typeof each === "string");
  if (!isRight) throw new TypeError(`"${option}" must be an array of strings`);
}
