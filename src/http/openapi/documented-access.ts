/**
 * DocumentedAccess: what an OpenAPI document says of the keys, the rates and the other rules that
 * requests are refused by.
 * @module
 */

import type { Access, Reach } from "../../access/access.ts";
import type { HeaderName } from "./components.ts";

/** A way to show a key (https://spec.openapis.org/oas/v3.1.1#security-scheme-object). */
type SecurityScheme = { readonly description: string } & (
  | { readonly type: "http"; readonly scheme: "bearer" }
  | { readonly type: "apiKey"; readonly in: "header"; readonly name: string }
);

/** The ways to show a key: one of them, by the names of their schemes. */
type Security = readonly Readonly<Record<string, readonly []>>[];

/** What a document says of a request. */
export interface AccessFacts {
  /** The statuses by which it may be refused. */
  readonly statuses: readonly number[];
  /** The headers of its answer. */
  readonly headers: readonly HeaderName[];
  /** What differs from the whole document. */
  readonly security: { readonly security?: Security };
}

/** The headers of answers where rates are limited. */
export const RATE_HEADERS: readonly HeaderName[] = [
  "RateLimit-Limit",
  "RateLimit-Remaining",
  "RateLimit-Reset",
];

const NO_KEY: Security = [];
const API_KEYS: Security = [{ ApiKey: [] }, { ApiKeyHeader: [] }];
const METRICS_KEYS: Security = [{ MetricsKey: [] }, { MetricsKeyHeader: [] }];

/** Says what a document has to say of the access of a server. */
export class DocumentedAccess {
  readonly #access: Access | undefined;

  /** @param access undefined if everyone may make requests */
  constructor(access: Access | undefined) {
    this.#access = access;
  }

  /** The keys of everything that does not say otherwise. */
  get security(): Security {
    return this.#access?.needsKey === true ? API_KEYS : NO_KEY;
  }

  get schemes(): Readonly<Record<string, SecurityScheme>> {
    const { needsKey = false, hasMetricsKeys = false } = this.#access ?? {};
    return {
      ...(needsKey ? schemesOf("ApiKey", "An API key") : {}),
      ...(hasMetricsKeys ? schemesOf("MetricsKey", "A key of /metrics") : {}),
    };
  }

  /** True if answers say how many more requests the caller may make. */
  get limitsRate(): boolean {
    return this.#access?.limitsRate === true;
  }

  /** Returns what holds for a call of an API or of a model. */
  ofCall(): AccessFacts {
    const { limitsConcurrency = false } = this.#access ?? {};
    const { statuses, ...facts } = this.#of("call");
    return { ...facts, statuses: limitsConcurrency ? [...statuses, 429] : statuses };
  }

  /** Returns what holds for a document, the page or the metrics. */
  ofPath(path: string, reach: Reach): AccessFacts {
    return this.#of(this.#access?.openPaths.has(path) === true ? "open" : reach);
  }

  /** Returns what holds for a probe: nothing. */
  ofProbe(): AccessFacts {
    return { statuses: [], headers: [], security: this.#different(NO_KEY) };
  }

  #of(reach: Reach): AccessFacts {
    const keys = this.#keysOf(reach);
    const isLimited = reach === "call" && this.limitsRate;
    return {
      statuses: [
        ...(keys.length > 0 ? [401] : []),
        ...(this.#access?.checksPages === true ? [403] : []),
        ...(isLimited ? [429] : []),
      ],
      headers: isLimited ? RATE_HEADERS : [],
      security: this.#different(keys),
    };
  }

  #keysOf(reach: Reach): Security {
    if (reach === "open") return NO_KEY;
    if (reach === "call") return this.security;
    if (this.#access?.hasMetricsKeys === true) return METRICS_KEYS;
    return this.#access?.needsMetricsKey === true ? API_KEYS : NO_KEY;
  }

  #different(keys: Security): { readonly security?: Security } {
    return keys === this.security ? {} : { security: keys };
  }
}

function schemesOf(name: string, what: string): Readonly<Record<string, SecurityScheme>> {
  const description = `${what}, which is one of those that the server was started with`;
  return {
    [name]: { type: "http", scheme: "bearer", description },
    [`${name}Header`]: { type: "apiKey", in: "header", name: "X-Api-Key", description },
  };
}
