/**
 * The headers that let clients and proxies keep an answer, and ask whether it has changed.
 * @module
 */

import { Hash128 } from "../cache/hash128.ts";
import type { CacheReport } from "../runner/call-options.ts";
import { IF_MODEL } from "../runner/used-model.ts";
import { CREDENTIALS } from "../service/cache-options.ts";

/** Returns one header of a request. */
type HeaderOf = (name: string) => string | null | undefined;

/** An answer that may be kept. */
export interface KeptAnswer {
  readonly report: CacheReport;
  readonly header: HeaderOf;
  /** True if the service has middleware, which may let in some callers only. */
  readonly isGuarded: boolean;
}

/**
 * Sets `Cache-Control`, unless the handler has, and `Vary`. What may be of one caller alone is
 * `private`: the answers of APIs that are not shared, and all that goes to somebody with
 * credentials or through middleware.
 */
export function setCacheHeaders(headers: Headers, { report, header, isGuarded }: KeptAnswer): void {
  const { isShared, maxAgeMs, ageMs, vary = [] } = report;
  const hasCredentials = CREDENTIALS.some((name) => (header(name) ?? "") !== "");
  const isPublic = isShared && !hasCredentials && !isGuarded;
  // Without a maximal age, an answer is good until its model is replaced, at any time.
  const age =
    maxAgeMs === undefined
      ? "no-cache"
      : `max-age=${Math.floor(Math.max(0, maxAgeMs - ageMs) / 1000)}`;
  if (!headers.has("cache-control")) {
    headers.set("cache-control", `${isPublic ? "public" : "private"}, ${age}`);
  }
  const callers = isShared ? [] : CREDENTIALS;
  addVary(headers, ["accept", "accept-encoding", IF_MODEL, ...callers, ...vary]);
}

/** Adds to `Vary` the headers that it does not name yet. */
export function addVary(headers: Headers, names: readonly string[]): void {
  const named = new Set((headers.get("vary") ?? "").toLowerCase().split(/\s*,\s*/));
  for (const name of names) if (!named.has(name.toLowerCase())) headers.append("vary", name);
}

/**
 * Sets `ETag`, unless the handler has. Returns true if the caller has the answer already: it gets
 * 304, for which the headers about the body are removed.
 *
 * @param form what clients tell answers apart by beside the body, such as the content type
 * @param header returns one header of the request
 */
export function hasAnswer(
  headers: Headers,
  body: Uint8Array | string,
  form: readonly (string | null | undefined)[],
  header: HeaderOf,
): boolean {
  const tag = headers.get("etag") ?? entityTag(body, form.join(";"));
  headers.set("etag", tag);
  if (!matchesTag(header("if-none-match") ?? "", tag)) return false;
  for (const name of [...headers.keys()]) if (name.startsWith("content-")) headers.delete(name);
  return true;
}

/**
 * Returns a tag of the content of an answer. It is weak: another compression of the same content
 * has the same.
 */
function entityTag(body: Uint8Array | string, form: string): string {
  const encoder = new TextEncoder();
  const bytes = typeof body === "string" ? encoder.encode(body) : body;
  return `W/"${new Hash128()
    .update(encoder.encode(`${form}\n`))
    .update(bytes)
    .digest()}"`;
}

/** Returns true if `If-None-Match` names a tag, by weak comparison (RFC 9110, 8.8.3.2). */
export function matchesTag(ifNoneMatch: string, tag: string): boolean {
  if (ifNoneMatch.trim() === "*") return true;
  const opaque = (each: string): string => each.replace(/^W\//, "");
  const tags = ifNoneMatch.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return tags.some((each) => opaque(each) === opaque(tag));
}
