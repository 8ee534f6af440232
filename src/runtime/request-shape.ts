/**
 * Checks of the parts of an HTTP/1.1 request on which parsers differ (RFC 9112): a request that one
 * runtime's parser refuses is refused on every runtime.
 * @module
 */

import type { IncomingMessage } from "node:http";
import { NO_SNIFFING, TYPE_OPTIONS } from "../access/safe-headers.ts";
import type { ErrorBody } from "../http/reply.ts";

/** The reason why a request is refused before it is read. */
export interface Refusal {
  readonly status: number;
  readonly text: string;
}

/** The parts of a request that are checked; null for a missing one. */
export interface Shape {
  readonly host: string | null;
  readonly transferEncoding: string | null;
  readonly expect: string | null;
}

/** A name or an address, or nothing, and a port or none (RFC 9110, section 7.2). */
const HOST = /^(?:\[[\da-f:.]+\]|[^\s/?#@\\:[\]<>,;"^`{|}]*)(?::\d*)?$/i;

/** The length to which a header is shortened in an answer. */
const SHOWN_LENGTH = 100;

let lastHost = "";

/** Returns why a request of this shape is refused; `undefined` if it is accepted. */
export function refusalOf({ host, transferEncoding, expect }: Shape): Refusal | undefined {
  if (host !== null && host !== lastHost) {
    if (!isHost(host)) {
      const text = "The Host header must be one name or address, with or without a port";
      return { status: 400, text: `${text}, but was ${shown(host)}` };
    }
    lastHost = host; // most requests are for the same one
  }
  if (transferEncoding !== null && transferEncoding.trim().toLowerCase() !== "chunked") {
    const given = shown(transferEncoding);
    return { status: 400, text: `The Transfer-Encoding must be "chunked", but was ${given}` };
  }
  if (expect !== null && expect.trim().toLowerCase() !== "100-continue") {
    return { status: 417, text: `Expect must be "100-continue", but was ${shown(expect)}` };
  }
  return undefined;
}

/** Returns true if a URL can have this host; an empty one stands for none. */
function isHost(host: string): boolean {
  return HOST.test(host) && (host === "" || URL.canParse(`http://${host}`));
}

function shown(header: string): string {
  return JSON.stringify(header.slice(0, SHOWN_LENGTH));
}

/** The headers of the answer. No other request may follow on its connection. */
export const REFUSED_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "application/json",
  connection: "close",
  [TYPE_OPTIONS]: NO_SNIFFING,
};

/** Returns the body of the answer, in the form of all errors. */
export function bodyOf({ text }: Refusal): ErrorBody {
  return { error: text, code: "invalid_argument", request_id: crypto.randomUUID() };
}

/** Returns why a request is refused that `node:http` accepted; `undefined` if it is not. */
export function refusalOfMessage(request: IncomingMessage): Refusal | undefined {
  const { httpVersion, rawHeaders, headers } = request;
  if (httpVersion !== "1.1" && httpVersion !== "1.0") {
    return { status: 505, text: `The server speaks HTTP/1.1, not HTTP/${httpVersion}` };
  }
  const hosts = countOf("host", rawHeaders);
  if (hosts > 1)
    return { status: 400, text: `There must be one Host header, but there are ${hosts}` };
  const { host = null, expect = null, "transfer-encoding": transferEncoding = null } = headers;
  if (httpVersion === "1.1" && host === null) {
    return { status: 400, text: "There is no Host header, which HTTP/1.1 requires" };
  }
  if (httpVersion === "1.0" && transferEncoding !== null) {
    return { status: 400, text: "HTTP/1.0 has no Transfer-Encoding" };
  }
  return refusalOf({ host, transferEncoding, expect });
}

/** Returns how often a header was sent. @param name in lower case */
function countOf(name: string, rawHeaders: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const sent = rawHeaders[at];
    if (sent?.length === name.length && sent.toLowerCase() === name) count += 1;
  }
  return count;
}

/**
 * Returns true if a path or a URL has a segment of one or two dots, plain or escaped. Normalising a
 * URL removes them, so that the server would answer for another path than the proxy has allowed.
 */
export function hasDotSegments(target: string): boolean {
  if (!/\/(?:\.|%2e)/i.test(target)) return false;
  return /\/(?:\.|%2e){1,2}(?:\/|$)/i.test(target.split(/[?#]/, 1)[0] ?? "");
}

/** Returns a request whose URL has its target as it was sent, without normalisation. */
export function withRawPath(request: Request, target: string): Request {
  const path = target.replace(/^[a-z]+:\/\/[^/?#]*/i, "");
  return Object.defineProperty(request, "url", { value: `${new URL(request.url).origin}${path}` });
}
