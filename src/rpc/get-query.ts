/**
 * The query of a call by GET, which has its message: see https://connectrpc.com/docs/protocol.
 * Connect's handlers take what they cannot read for something else, or fail by `internal`.
 * @module
 */

import { base64Decode } from "@bufbuild/protobuf/wire";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { quote } from "../io/wording.ts";
import type { BodyBounds } from "./bounded-body.ts";
import { MessageBound } from "./message-bound.ts";

/** The longest URL of a call. Proxies and servers have bounds of their own, mostly above this. */
const MAX_URL_LENGTH = 8192;

/** The parameters of the protocol. */
const PARAMETERS = ["connect", "encoding", "base64", "compression", "message"] as const;

/** Base64 of either alphabet, with or without padding; its digits are a group. */
const BASE64 = /^([\w+/-]*)={0,2}$/;

/**
 * Checks the query of a call by GET.
 *
 * @throws ConnectError `invalid_argument`, or `resource_exhausted` for one that is too long
 */
export function checkGet({ url, method }: HandlerContext): void {
  if (url.length > MAX_URL_LENGTH) {
    const text = `The URL has ${url.length} characters, and may have ${MAX_URL_LENGTH}`;
    const path = `${method.parent.typeName}/${method.name}`;
    throw new ConnectError(`${text}: call ${path} by POST`, Code.ResourceExhausted);
  }
  const given = queryOf(url);
  const query = new URLSearchParams(given);
  for (const name of PARAMETERS) {
    if (query.getAll(name).length > 1) throw invalid(`has ${quote(name)} more than once`);
  }
  const version = query.get("connect") ?? "v1";
  if (version !== "v1") throw invalid(`must have "connect" as "v1", but had ${quote(version)}`);
  const message = query.get("message");
  if (message === null) throw invalid('has no "message", which may be empty');
  const base64 = query.get("base64") ?? "0";
  if (base64 !== "0" && base64 !== "1") {
    throw invalid(`must have "base64" as "1" or not at all, but had ${quote(base64)}`);
  }
  if (base64 === "1" && !isBase64(message)) {
    throw invalid(`must have "message" as base64url, but had ${quote(message)}`);
  }
  if (base64 === "0" && (query.get("compression") ?? "identity") !== "identity") {
    throw invalid('has "compression", and so must have "base64" as "1"');
  }
  if (base64 === "0" && !isEscaped(given)) throw invalid("has escapes that are not of UTF-8");
}

/**
 * Checks the message of a call by GET, if it is compressed: any other is small.
 *
 * @throws ConnectError `resource_exhausted` for a message of too many parts, `invalid_argument` for
 *   one that cannot be decompressed
 */
export async function checkCompressed(
  { url, method }: HandlerContext,
  { maxBytes, compressions }: BodyBounds,
): Promise<void> {
  if (!hasCompression(url)) return;
  const query = new URLSearchParams(queryOf(url));
  const compression = compressions.find(({ name }) => name === query.get("compression"));
  if (compression === undefined || query.get("base64") !== "1") return;
  const message = base64Decode(query.get("message") ?? "");
  const bytes = await compression.decompress(message, maxBytes);
  const bound = new MessageBound(method.input, maxBytes);
  if (query.get("encoding") === "json") bound.checkJson(bytes);
  else bound.checkBinary(bytes);
}

/** Returns a URL without the parameters of the protocol: a message is no business of logs. */
export function withoutMessage(url: string): string {
  const start = url.indexOf("?");
  if (start === -1) return url;
  const kept = queryOf(url)
    .split("&")
    .filter((part) => !PARAMETERS.some((name) => part === name || part.startsWith(`${name}=`)));
  return kept.length === 0 ? url.slice(0, start) : `${url.slice(0, start)}?${kept.join("&")}`;
}

/** Returns true for a URL whose message is compressed. */
export function hasCompression(url: string): boolean {
  return url.includes("?") && /[?&]compression=/.test(url);
}

function queryOf(url: string): string {
  return /\?([^#]*)/.exec(url)?.[1] ?? "";
}

function isBase64(text: string): boolean {
  const digits = BASE64.exec(text)?.[1];
  return digits !== undefined && digits.length % 4 !== 1;
}

function isEscaped(query: string): boolean {
  try {
    decodeURIComponent(query);
    return true;
  } catch {
    return false;
  }
}

function invalid(what: string): ConnectError {
  return new ConnectError(`The query of a call by GET ${what}`, Code.InvalidArgument);
}
