/**
 * Rules for the status, headers and trailers that a handler sets, the same over every protocol.
 * @module
 */

import type { OpenResponse } from "./open-response.ts";
import { REQUEST_ID } from "./request-id.ts";

/** Names that belong to the connection, to the body, or to the protocol. */
const PROTOCOL_NAMES: ReadonlySet<string> = new Set([
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  REQUEST_ID,
]);

/** Returns true for a name of metadata that a protocol sets itself. */
export function isProtocolName(name: string): boolean {
  return PROTOCOL_NAMES.has(name) || /^(?:grpc|connect|trailer)-/.test(name);
}

/**
 * Checks the status, the headers and the trailers of an answer: some runtimes' servers would send
 * invalid ones, or crash.
 *
 * @throws RangeError for a status outside 200 to 599, TypeError for a header or a trailer that
 *   cannot be sent: both are the handler's fault
 */
export function checkResponse({ status, usedHeaders, madeTrailers }: OpenResponse): void {
  if (status !== 200 && (!Number.isInteger(status) || status < 200 || status > 599)) {
    throw new RangeError(`The status of an answer must be from 200 to 599, but was ${status}`);
  }
  if (usedHeaders !== undefined) checkHeaders(usedHeaders);
  for (const [name, value] of madeTrailers ?? []) {
    if (isProtocolName(name)) {
      throw new TypeError(`The trailer "${name}" belongs to the protocol: choose another name`);
    }
    checkValue("trailer", name, value);
  }
}

/**
 * Checks the values of headers.
 *
 * @throws TypeError for a control character
 */
export function checkHeaders(headers: Headers): void {
  for (const [name, value] of headers) checkValue("header", name, value);
}

/** Returns true for a value without control characters. */
export function isSendable(value: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}

function checkValue(kind: "header" | "trailer", name: string, value: string): void {
  if (isSendable(value)) return;
  throw new TypeError(`The ${kind} "${name}" has a control character: ${JSON.stringify(value)}`);
}
