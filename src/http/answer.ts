/**
 * Answers: a payload as a response.
 * @module
 */

import type { Context as HonoContext } from "hono";
import type { StatusCode } from "hono/utils/http-status";
import type { Payload } from "../io/io.ts";
import type { Context } from "../service/context.ts";
import { attachment } from "./disposition.ts";

/** Statuses whose answers have no body (RFC 9110). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** Sends a value: its body, its type and name, and what the handler has set. */
export function respond(c: HonoContext, { response }: Context, payload: Payload): Response {
  const { bytes, type, filename } = payload;
  const { status, headers } = response;
  if (type !== undefined && !headers.has("content-type")) headers.set("content-type", type);
  if (filename !== undefined && !headers.has("content-disposition")) {
    headers.set("content-disposition", attachment(filename));
  }
  addHeaders(headers, payload);
  headers.delete("content-length"); // the body's own is the right one
  checkAnswer(status, headers);
  const body = BODILESS.has(status) ? null : (bytes as Uint8Array<ArrayBuffer>);
  return c.newResponse(body, { status: status as StatusCode, headers });
}

/** Adds the headers of a payload to its answer; a header that the handler set is kept. */
export function addHeaders(headers: Headers, payload: Payload): void {
  for (const [name, value] of payload.headers ?? []) {
    if (!headers.has(name)) headers.set(name, value);
  }
}

/**
 * Checks what goes to the runtime's server, which may send it as it is, or end with the process.
 *
 * @throws RangeError for a status that ends no request, TypeError for a control character
 */
export function checkAnswer(status: number, headers: Headers): void {
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new RangeError(`The status of an answer must be from 200 to 599, but was ${status}`);
  }
  for (const [name, value] of headers) {
    if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) continue;
    throw new TypeError(`The header "${name}" has a control character: ${JSON.stringify(value)}`);
  }
}
