/**
 * Checks of the parts of an HTTP/1.1 request on which parsers differ (RFC 9112): a request that one
 * runtime's parser refuses is refused on every runtime.
 * @module
 */

import type { ErrorBody } from "../http/error-response.ts";

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

/** Returns the body of the answer, in the form of all errors. */
export function bodyOf({ text }: Refusal): ErrorBody {
  return { error: text, code: "invalid_argument", request_id: crypto.randomUUID() };
}

/** Refuses a request that a runtime's own server has read; `undefined` if it is accepted. */
export function refuse({ headers }: Request): Response | undefined {
  const refusal = refusalOf({
    host: headers.get("host"),
    transferEncoding: headers.get("transfer-encoding"),
    expect: headers.get("expect"),
  });
  if (refusal === undefined) return undefined;
  const { status } = refusal;
  return Response.json(bodyOf(refusal), { status, headers: { connection: "close" } });
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
