/**
 * plainHead(): reads the head of a plain request: one that no two parsers of HTTP/1.1 understand
 * differently. Any other is left to the parser of the runtime, which knows all of HTTP.
 * @module
 */

import { MIB } from "../../limits.ts";
import { refusalOf } from "../request-shape.ts";

/** The head of a plain request. */
export interface PlainHead {
  readonly method: string;
  /** The path and the query, as they were sent. */
  readonly target: string;
  /** The whole URL. */
  readonly url: string;
  /** The headers by their names in lower case, each sent once. */
  readonly headers: ReadonlyMap<string, string>;
  /** The length of the body, in bytes; at most 64 MiB. */
  readonly length: number;
}

/** The largest body of a plain request: the rest of one that is refused unread is skipped. */
const MAX_BYTES = 64 * MIB;

/** Printable lines, of which none is empty or continues the line before it. */
const LINES = /^[!-~][ -~]*(?:\r\n[!-~][ -~]*)*$/;

const NAME = /^[a-z\d_-]+$/;

/** The methods of plain requests. */
const METHODS: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
]);

/** Headers of requests that are not plain. */
const OTHER: readonly string[] = [
  "transfer-encoding",
  "expect",
  "upgrade",
  "http2-settings",
  "proxy-connection", // which some parsers take for `Connection`
];

/** Reads a head. @param text without the empty line at its end */
export function plainHead(text: string): PlainHead | undefined {
  const firstEnd = text.indexOf("\r\n");
  const targetEnd = firstEnd - " HTTP/1.1".length;
  if (!text.startsWith(" HTTP/1.1\r\n", targetEnd) || !LINES.test(text)) return undefined;
  const methodEnd = text.indexOf(" ");
  const method = text.slice(0, methodEnd);
  const target = text.slice(methodEnd + 1, targetEnd);
  if (!METHODS.has(method) || !target.startsWith("/") || /[ #]/.test(target)) return undefined;
  const headers = headersOf(text.slice(firstEnd + 2));
  if (headers === undefined) return undefined;
  const length = lengthOf(method, headers);
  if (length === undefined) return undefined;
  const url = `http://${headers.get("host")}${target}`;
  return { method, target, url, headers, length };
}

function headersOf(text: string): ReadonlyMap<string, string> | undefined {
  const headers = new Map<string, string>();
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    if (!NAME.test(name) || headers.has(name)) return undefined;
    headers.set(name, line.slice(colon + 1).trim());
  }
  return headers;
}

/** Returns the length of the body; undefined if the request is not plain. */
function lengthOf(method: string, headers: ReadonlyMap<string, string>): number | undefined {
  if (OTHER.some((name) => headers.has(name))) return undefined;
  const host = headers.get("host");
  const connection = headers.get("connection") ?? "keep-alive";
  const length = headers.get("content-length") ?? "0";
  if (!host || refusalOf({ host, transferEncoding: null, expect: null })) return undefined;
  if (connection.toLowerCase() !== "keep-alive") return undefined;
  if (!/^(?:0|[1-9]\d{0,7})$/.test(length) || Number(length) > MAX_BYTES) return undefined;
  // The `Request` of these has no body, which would have to be skipped.
  if (length !== "0" && (method === "GET" || method === "HEAD")) return undefined;
  return Number(length);
}
