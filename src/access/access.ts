/**
 * Access: who may call a server: the API keys, the rates and the number of requests, and the web
 * pages of other origins. One object for all protocols and ports of a server.
 * @module
 */

import type { Clock } from "../clock.ts";
import { ServiceError } from "../error.ts";
import type { MetricsRegistry } from "../metrics/registry.ts";
import { type AccessOptions, checkAccessOptions } from "./access-options.ts";
import { ApiKeys, showsKey } from "./api-keys.ts";
import { Cors } from "./cors.ts";
import { callerOfAddress } from "./network.ts";
import { OpenPaths } from "./open-paths.ts";
import { OriginGuard } from "./origin-guard.ts";
import { TrustedProxies } from "./proxies.ts";
import { rateOf } from "./rate.ts";
import { type Allowance, RateLimiter } from "./rate-limiter.ts";
import { RefusedPages } from "./refused-pages.ts";
import { type AccessRequest, isPreflight } from "./request.ts";

/** What a server knows when it makes its access. */
export interface AccessHost {
  readonly clock: Clock;
  /** Where the refused requests are counted; undefined if nothing is. */
  readonly metrics?: MetricsRegistry | undefined;
  /**
   * True if the server listens on this machine alone, false if others reach it. Undefined if it is
   * not known: then web pages are not checked.
   */
  readonly isLocal?: boolean | undefined;
  /** Writes a line to the log, such as about a web page that was refused. Default: none. */
  readonly warn?: ((text: string) => void) | undefined;
}

/** Who makes a request. */
export interface Caller {
  keyName?: string | undefined;
}

/** Sets a header of the answer. */
export type SetHeader = (name: string, value: string) => void;

/** The kind of what a request is for, as far as it matters here. */
export type Reach = "call" | "metrics" | "open";

type Reason = "host" | "origin" | "key" | "rate" | "concurrency";

/** The access of a server. */
export class Access {
  readonly cors: Cors | undefined;
  readonly openPaths: OpenPaths;
  readonly #keys: ApiKeys | undefined;
  readonly #metricsKeys: ApiKeys | undefined;
  /** True if `/metrics` has keys of its own. */
  readonly hasMetricsKeys: boolean;
  readonly #guard: OriginGuard | undefined;
  readonly #refusedPages: RefusedPages;
  readonly #proxies: TrustedProxies | undefined;
  readonly #ofKeys: RateLimiter | undefined;
  readonly #ofAddresses: RateLimiter | undefined;
  readonly #maxConcurrency: number;
  readonly #count: (reason: Reason) => void;
  #underWay = 0;

  /** @throws TypeError or RangeError for options that are not as described */
  constructor(options: AccessOptions, { clock, metrics, isLocal, warn }: AccessHost) {
    checkAccessOptions(options);
    const { apiKeys, metricsKeys, cors, rateLimit, trustedProxies } = options;
    this.#refusedPages = new RefusedPages(warn);
    this.cors = cors === undefined ? undefined : new Cors(cors, this.#refusedPages);
    this.#keys = apiKeys === undefined ? undefined : new ApiKeys(apiKeys, "apiKeys");
    this.hasMetricsKeys = Array.isArray(metricsKeys);
    this.#metricsKeys = Array.isArray(metricsKeys)
      ? new ApiKeys(metricsKeys, "metricsKeys")
      : metricsKeys === "open"
        ? undefined
        : this.#keys;
    this.openPaths = new OpenPaths(options.openPaths ?? []);
    this.#proxies = trustedProxies === undefined ? undefined : new TrustedProxies(trustedProxies);
    if (isLocal !== undefined) {
      // With keys, a page has nothing to call with, whatever the server is called.
      const allowedHosts = this.#keys === undefined ? (options.allowedHosts ?? []) : ["*"];
      const { cors: pages } = this;
      this.#guard = new OriginGuard({ cors: pages, proxies: this.#proxies, isLocal, allowedHosts });
    }
    const rate = rateLimit === undefined ? undefined : rateOf(rateLimit);
    this.#ofKeys = rate && new RateLimiter(rate, clock, Number.POSITIVE_INFINITY);
    this.#ofAddresses = rate && new RateLimiter(rate, clock);
    this.#maxConcurrency = options.maxConcurrency ?? Number.POSITIVE_INFINITY;
    const refused = metrics?.counter("ekiben_refused_requests_total", {
      help: "Requests that were refused by the rules of access, by the rule",
      labels: ["reason"],
    });
    this.#count = (reason) => refused?.labels({ reason }).inc();
  }

  /** True if calls need a key. */
  get needsKey(): boolean {
    return this.#keys !== undefined;
  }

  /** True if `/metrics` needs a key. */
  get needsMetricsKey(): boolean {
    return this.#metricsKeys !== undefined;
  }

  /** True if web pages of other origins may be refused. */
  get checksPages(): boolean {
    return this.#guard !== undefined;
  }

  get limitsRate(): boolean {
    return this.#ofAddresses !== undefined;
  }

  get limitsConcurrency(): boolean {
    return Number.isFinite(this.#maxConcurrency);
  }

  /**
   * Takes these API keys instead of the ones before. Requests under way continue.
   *
   * @throws TypeError for keys that are not as described, and Error if calls need no keys
   */
  replaceKeys(apiKeys: readonly string[]): void {
    const keys = this.#keys;
    if (keys === undefined) throw new Error("Cannot replace API keys where calls need none");
    keys.replace(apiKeys);
    this.#ofKeys?.retain(new Set(keys.names));
  }

  /** Returns the address of the client: behind a trusted proxy, the one that the proxy tells. */
  clientOf(request: AccessRequest): string | undefined {
    return this.#proxies === undefined ? request.peer : this.#proxies.clientOf(request);
  }

  /**
   * Admits a request to what it is for, before its body is read.
   *
   * @param caller is given the name of its key, even if that has made too many requests
   * @returns that name, if the server has keys
   * @throws ServiceError `permission_denied`, `unauthenticated` or `resource_exhausted`
   */
  enter(
    request: AccessRequest,
    set: SetHeader,
    reach: Reach = "call",
    caller: Caller = {},
  ): string | undefined {
    const guard = this.#guard;
    if (guard?.checksHost === true) this.#counting("host", () => guard.checkHost(request));
    if (reach === "open" || isPreflight(request)) return undefined;
    const keys = reach === "metrics" ? this.#metricsKeys : this.#keys;
    const name = keys?.nameOf(request);
    if (keys !== undefined && name === undefined) {
      if (reach === "call") this.#spend(request, undefined, set);
      throw this.#withoutKey(request, set);
    }
    caller.keyName = name;
    if (reach === "call") this.#spend(request, name, set);
    return name;
  }

  /**
   * Checks the web page that a request comes from.
   *
   * @param allowed the origin that the application allows itself
   * @throws ServiceError `permission_denied`
   */
  checkOrigin(request: AccessRequest, allowed?: string | null, isOpened = false): void {
    if (this.#guard === undefined) return;
    try {
      this.#counting("origin", () => this.#guard?.checkOrigin(request, allowed, isOpened));
    } catch (error) {
      this.#refusedPages.add(request.header("origin"));
      throw error;
    }
  }

  /** Counts a request under way, until `leave()`. @throws ServiceError `resource_exhausted` */
  occupy(): void {
    if (this.#underWay >= this.#maxConcurrency) {
      this.#count("concurrency");
      const text = `There are ${this.#maxConcurrency} requests under way, which is the most`;
      throw new ServiceError("resource_exhausted", text, { retryAfterSeconds: 1 });
    }
    this.#underWay += 1;
  }

  leave(): void {
    this.#underWay -= 1;
  }

  /** Takes a token of the caller. */
  #spend(request: AccessRequest, keyName: string | undefined, set: SetHeader): void {
    if (this.#ofKeys === undefined || this.#ofAddresses === undefined) return;
    const allowance =
      keyName === undefined
        ? this.#ofAddresses.take(callerOfAddress(this.clientOf(request) ?? "(unknown)"))
        : this.#ofKeys.take(keyName);
    setAllowance(allowance, set);
    if (allowance.isAllowed) return;
    this.#count("rate");
    const { limit, retryAfterSeconds } = allowance;
    const whose = keyName === undefined ? "from this address" : `with the key ${keyName}`;
    const text = `Too many requests ${whose}: over the rate limit, with at most ${limit} at once`;
    throw new ServiceError("resource_exhausted", text, { retryAfterSeconds });
  }

  #withoutKey(request: AccessRequest, set: SetHeader): ServiceError {
    this.#count("key");
    const isWrong = showsKey(request);
    set("www-authenticate", isWrong ? `${CHALLENGE}, error="invalid_token"` : CHALLENGE);
    const text = isWrong
      ? "The API key is not one of this server's"
      : "The server needs an API key: send it as Authorization: Bearer <key>, or X-Api-Key";
    return new ServiceError("unauthenticated", text);
  }

  #counting(reason: Reason, check: () => void): void {
    try {
      check();
    } catch (error) {
      this.#count(reason);
      throw error;
    }
  }
}

const CHALLENGE = 'Bearer realm="ekiben"';

/** Sets the headers of draft-ietf-httpapi-ratelimit-headers-06, which clients know. */
function setAllowance({ limit, remaining, fullAfterSeconds }: Allowance, set: SetHeader): void {
  set("ratelimit-limit", String(limit));
  set("ratelimit-remaining", String(remaining));
  set("ratelimit-reset", String(Math.ceil(fullAfterSeconds)));
}
