/**
 * The page at `/`, on which a person can try the service. Its script and its style sheet are at the
 * same path, as `/?ui=page.js`: so they cannot collide with an API, and are found below any prefix,
 * with or without a slash at its end.
 * @module
 */

import type { Context, Hono } from "hono";
import { loadPage } from "#page";
import { matchesTag } from "../../invocation/cache-headers.ts";
import { VERSION } from "../../version.ts";
import { acceptedCodings } from "../accept-encoding.ts";
import { refuseMethod } from "../error-response.ts";
import type { Asset, AssetName } from "./asset.ts";

/** The path of the page and of all its files. */
export const PAGE_PATH = "/";

/** The value of the query `ui` that asks for what only the server knows, as JSON. */
const ABOUT = "about";

const ASSETS: readonly string[] = ["page.html", "page.js", "page.css"] satisfies AssetName[];

/** What the page is told that no document of the service has. */
export interface PageHost {
  /** Returns the port of gRPC on this machine; undefined for none. */
  readonly grpcPort?: () => number | undefined;
}

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS = {
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(self), microphone=(), geolocation=()",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
};

/** Returns true where the page can be served. */
export function hasPage(ui: boolean | undefined): boolean {
  return ui !== false && loadPage !== undefined;
}

/** Adds the route of the page, whose files are loaded at its first request. */
export function pageRoute(hono: Hono, { grpcPort }: PageHost): void {
  if (loadPage === undefined) return;
  const load = loadPage;
  // Made at a request: where a Worker loads its code, there is no randomness.
  let run: string | undefined;
  hono.get(PAGE_PATH, async (c, next) => {
    const name = c.req.query("ui") ?? "page.html";
    if (name === ABOUT) {
      run ??= crypto.randomUUID(); // by which the page knows a server that was started again
      const about = { version: VERSION, grpcPort: grpcPort?.(), run };
      return c.json(about, 200, { ...HEADERS, "cache-control": "no-store" });
    }
    // An answer of another type is of no use to a client that reads JSON alone.
    const isAsked = ASSETS.includes(name) && (name !== "page.html" || takesHtml(c));
    if (!isAsked) return await next();
    return answer(c, (await load())[name as AssetName]);
  });
  const refuse = refuseMethod("GET");
  // There is only a page at this path, also for those who do not ask for it.
  hono.all(PAGE_PATH, async (c, next) => {
    const { method } = c.req;
    return method === "GET" || method === "HEAD" ? await next() : refuse(c);
  });
}

function takesHtml(c: Context): boolean {
  return /(?:text\/html|text\/\*|\*\/\*)/i.test(c.req.header("accept") ?? "*/*");
}

/** Answers with a file, or 304 if the caller has it. */
function answer(c: Context, { type, hash, gzip }: Asset): Response {
  const tag = `W/"${hash}"`;
  // The document names its files by their hashes, so these may be kept for ever.
  const isNamed = c.req.query("v") === hash;
  const headers = {
    ...HEADERS,
    "cache-control": isNamed ? "public, max-age=31536000, immutable" : "no-cache",
    etag: tag,
    vary: "accept, accept-encoding",
  };
  const known = c.req.header("if-none-match") ?? "";
  if (matchesTag(known, tag)) return c.body(null, 304, headers);
  const bytes = Uint8Array.from(atob(gzip), (each) => each.charCodeAt(0));
  const typed = { ...headers, "content-type": type };
  if (acceptedCodings(c.req.header("accept-encoding"), ["gzip"]).best !== undefined) {
    return c.body(bytes, 200, { ...typed, "content-encoding": "gzip" });
  }
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return c.body(plain, 200, typed);
}
