/**
 * Cors: the pages of other origins that may call, and the headers by which browsers learn of it
 * (https://fetch.spec.whatwg.org/#http-cors-protocol).
 * @module
 */

import type { RefusedPages } from "./refused-pages.ts";

/** The settings of CORS. */
export interface CorsOptions {
  /** The origins, such as `https://app.example.com`; `*` for every one. */
  readonly origins?: string | readonly string[];
  /** A regular expression that an origin may match as a whole, instead. */
  readonly originRegex?: string;
  /** True if pages may send cookies, which `*` excludes. Keys need no such permission. */
  readonly credentials?: boolean;
  /** The methods. Default GET, HEAD and POST, which are those of APIs. */
  readonly methods?: readonly string[];
  /** The headers that pages may send, beside those of the protocols. Default any. */
  readonly headers?: readonly string[];
  /** The headers of answers that pages may read, beside those of the protocols. */
  readonly exposeHeaders?: readonly string[];
  /** The time for which browsers remember the permission. Default 7,200. */
  readonly maxAgeSeconds?: number;
}

/** The headers of requests that the protocols and the clients have. */
const ALLOWED: readonly string[] = [
  "Authorization",
  "Connect-Protocol-Version",
  "Connect-Timeout-Ms",
  "Content-Encoding",
  "Content-Type",
  "Ekiben-Explain",
  "Ekiben-Lane",
  "Grpc-Timeout",
  "If-Model",
  "If-None-Match",
  "Inference-Header-Content-Length",
  "Request-Timeout",
  "Traceparent",
  "Tracestate",
  "X-Api-Key",
  "X-Grpc-Web",
  "X-Request-Id",
  "X-User-Agent",
];

/** The headers of answers that they have. */
const EXPOSED: readonly string[] = [
  "Content-Disposition",
  "Ekiben-Explain",
  "Ekiben-Model",
  "ETag",
  "Grpc-Message",
  "Grpc-Status",
  "Grpc-Status-Details-Bin",
  "Inference-Header-Content-Length",
  "RateLimit-Limit",
  "RateLimit-Remaining",
  "RateLimit-Reset",
  "Retry-After",
  "WWW-Authenticate",
  "X-Request-Id",
];

const METHODS: readonly string[] = ["GET", "HEAD", "POST"];
const MAX_AGE_SECONDS = 7200; // the most that Chrome takes

/** A name of a header, or of a method. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]{1,128}$/;

/** Names and values of headers. */
export type Pairs = readonly (readonly [string, string])[];

const VARY: Pairs = [["vary", "Origin"]];

/** The policy of a server. */
export class Cors {
  /** True if pages of every origin may call. */
  readonly isAny: boolean;
  readonly #origins: ReadonlySet<string>;
  readonly #pattern: RegExp | undefined;
  readonly #options: CorsOptions;
  readonly #refused: RefusedPages | undefined;
  readonly #common: Pairs;

  /**
   * @param refused is told of the pages that ask in vain
   * @throws TypeError for settings that contradict each other, or are not as described
   */
  constructor(given: string | readonly string[] | CorsOptions, refused?: RefusedPages) {
    const options = typeof given === "string" || isList(given) ? { origins: given } : given;
    const { origins = [], originRegex, credentials = false, exposeHeaders = [] } = options;
    const list = typeof origins === "string" ? [origins] : origins;
    this.#options = options;
    this.#refused = refused;
    this.isAny = list.includes("*");
    this.#origins = new Set(list.map(checkOrigin));
    this.#pattern = originRegex === undefined ? undefined : patternOf(originRegex);
    if (list.length === 0 && this.#pattern === undefined) {
      throw new TypeError('"cors" must name the origins that may call, such as "https://page.org"');
    }
    if (this.isAny && credentials) {
      throw new TypeError('"cors" cannot allow credentials to every origin: name the origins');
    }
    for (const name of [exposeHeaders, options.headers, options.methods].flat()) checkToken(name);
    this.#common = [
      ...(credentials ? [["access-control-allow-credentials", "true"] as const] : []),
      ["access-control-expose-headers", [...EXPOSED, ...exposeHeaders].join(", ")],
    ];
  }

  /** Returns true if a page of an origin may call. */
  allows(origin: string): boolean {
    return this.isAny || this.#isNamed(origin);
  }

  #isNamed(origin: string): boolean {
    return this.#origins.has(origin) || this.#pattern?.test(origin) === true;
  }

  /** Returns the headers to add to an answer. @param origin null if the request has none */
  headersFor(origin: string | null | undefined): Pairs {
    if (this.isAny) return [["access-control-allow-origin", "*"], ...this.#common];
    if (origin === null || origin === undefined || !this.#isNamed(origin)) return VARY;
    return [["access-control-allow-origin", origin], ...this.#common, ...VARY];
  }

  /** Adds the headers to a response, unless the application has answered for itself. */
  mark(response: Response, origin: string | null): Response {
    if (response.headers.has("access-control-allow-origin")) return response;
    try {
      addAll(response.headers, this.headersFor(origin));
      return response;
    } catch {
      // Those of a response of fetch() cannot be changed.
      const { status, body } = response;
      const headers = new Headers(response.headers);
      addAll(headers, this.headersFor(origin));
      return new Response(body, { status, headers });
    }
  }

  /** Returns the headers of the answer to a preflight; undefined if the origin may not call. */
  preflight(header: (name: string) => string | null | undefined): Headers | undefined {
    const origin = header("origin") ?? "";
    if (!this.allows(origin)) {
      this.#refused?.add(origin);
      return undefined;
    }
    const { methods = METHODS, credentials = false, maxAgeSeconds } = this.#options;
    const headers = new Headers([
      ["access-control-allow-origin", this.isAny ? "*" : origin],
      ["access-control-allow-methods", methods.join(", ")],
      ["access-control-allow-headers", this.#allowed(header("access-control-request-headers"))],
      ["access-control-max-age", String(maxAgeSeconds ?? MAX_AGE_SECONDS)],
      ["vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Private-Network"],
    ]);
    if (credentials) headers.set("access-control-allow-credentials", "true");
    // Not by "*": then any page of the internet could reach into the network of its reader.
    const isPrivate = header("access-control-request-private-network") === "true";
    if (isPrivate && this.#isNamed(origin)) {
      headers.set("access-control-allow-private-network", "true");
    }
    return headers;
  }

  /** Returns the headers that may be sent: with no list of its own, those that are asked for. */
  #allowed(requested: string | null | undefined): string {
    const { headers } = this.#options;
    if (headers !== undefined && !headers.includes("*")) return [...ALLOWED, ...headers].join(", ");
    const names = (requested ?? "").split(",").map((name) => name.trim());
    const asked = names.filter((name) => TOKEN.test(name));
    return asked.length === 0 ? ALLOWED.join(", ") : asked.join(", ");
  }
}

function isList(given: unknown): given is readonly string[] {
  return Array.isArray(given);
}

function addAll(headers: Headers, pairs: Pairs): void {
  for (const [name, value] of pairs) {
    if (name !== "vary") headers.set(name, value);
    else if (!/(?:^|[\s,])(?:\*|origin)(?:$|[\s,])/i.test(headers.get("vary") ?? "")) {
      headers.append(name, value);
    }
  }
}

function checkOrigin(origin: unknown): string {
  if (origin === "*" || origin === "null") return origin;
  const url = typeof origin === "string" ? URL.parse(origin) : null;
  if (url !== null && origin === `${url.protocol}//${url.host}`) return origin;
  const meant = typeof origin === "string" ? originOf(origin) : undefined;
  const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
  throw new TypeError(
    `An origin of "cors" must be like "https://page.org" or "http://localhost:5173", but was ` +
      `${JSON.stringify(origin)}${hint}`,
  );
}

/** Returns the origin that a text may mean: a URL, or a host without its scheme. */
function originOf(text: string): string | undefined {
  const isWhole = /^[a-z][a-z\d+.-]*:\/\//i.test(text);
  const scheme = /^(?:localhost|127\.|\[::1\])/i.test(text) ? "http" : "https";
  const url = URL.parse(isWhole ? text : `${scheme}://${text}`);
  return url === null || url.host === "" ? undefined : `${url.protocol}//${url.host}`;
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(`^(?:${text})$`);
  } catch (cause) {
    const shown = JSON.stringify(text);
    throw new TypeError(`"originRegex" of "cors" must be a regular expression: ${shown}`, {
      cause,
    });
  }
}

function checkToken(name: unknown): void {
  if (name === undefined || (typeof name === "string" && TOKEN.test(name))) return;
  throw new TypeError(`A name in "cors" must be that of a header or method: ${String(name)}`);
}
