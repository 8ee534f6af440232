/**
 * The HTTP routes of a service's APIs: body to value, `service.call()`, value to body.
 * @module
 */

import type { Hono, Context as HonoContext } from "hono";
import type { StatusCode } from "hono/utils/http-status";
import type { Clock } from "../host.ts";
import { decodeBody } from "../io/form.ts";
import type { IoHost, Payload } from "../io/io.ts";
import { type Context, openContext, orAborted, type RequestContext } from "../service/context.ts";
import { asServiceError, type Route, type Service } from "../service/service.ts";
import { readBody } from "./body.ts";
import { BODY_READ, refuseMethod } from "./error-response.ts";

/** The bounds of every request, and what descriptors are lent. */
export interface RequestSettings extends IoHost {
  /** The largest body, in bytes, before and after decompression. */
  readonly maxBodyBytes: number;
  /** How long a request may take, from its head to its answer, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Adds `POST <route>` for every API of the service; other methods there answer 405. */
export function apiRoutes(hono: Hono, service: Service, settings: RequestSettings): void {
  for (const route of service.routes) {
    hono.post(route.path, (c) => answer(c, service, route, settings));
    hono.all(route.path, refuseMethod("POST"));
  }
}

async function answer(
  c: HonoContext,
  service: Service,
  { name, api }: Route,
  settings: RequestSettings,
): Promise<Response> {
  const { raw: request } = c.req;
  const requestId = c.get("requestId");
  using context = openContext({
    requestId,
    headers: request.headers,
    query: new URL(request.url).searchParams,
    disconnected: request.signal,
    timeoutMs: settings.timeoutMs,
    clock: settings.clock,
  });
  const work = async (): Promise<Payload> => {
    const bytes = await readBody(request, settings.maxBodyBytes);
    c.set(BODY_READ, true);
    const type = request.headers.get("content-type") ?? undefined;
    const lent = { ...settings, signal: context.signal };
    const input = await decodeBody(api.input, { bytes, type }, lent);
    // A caller that left while its body was read costs no inference.
    context.signal.throwIfAborted();
    const output = await service.call(name, input, context);
    if (request.headers.get(EXPLAIN) === "1") explain(context);
    return await api.output.encode(output, lent);
  };
  try {
    return respond(c, context, await orAborted(work(), context.signal));
  } catch (error) {
    throw asServiceError(error, { api: name, requestId });
  }
}

/** With `Ekiben-Explain: 1`, the answer says which batches the request was in. */
const EXPLAIN = "ekiben-explain";

/** One list item a call of a runner, in the form of RFC 8941's parameters. */
function explain({ calls, response }: RequestContext): void {
  const items = calls.map(
    ({ runner, method, batchRows, batchRequests, waitMs, runMs, reason }) =>
      `${runner};method=${method};rows=${batchRows};requests=${batchRequests};` +
      `wait-ms=${waitMs.toFixed(3)};run-ms=${runMs.toFixed(3)};reason=${reason}`,
  );
  if (items.length > 0) response.headers.set(EXPLAIN, items.join(", "));
}

/** Statuses whose answers have no body (RFC 9110). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

function respond(c: HonoContext, { response }: Context, payload: Payload): Response {
  const { bytes, type, filename } = payload;
  const { status, headers } = response;
  if (type !== undefined && !headers.has("content-type")) headers.set("content-type", type);
  if (filename !== undefined && !headers.has("content-disposition")) {
    headers.set("content-disposition", disposition(filename));
  }
  headers.delete("content-length"); // the body's own is the right one
  checkAnswer(status, headers);
  const body = BODILESS.has(status) ? null : (bytes as Uint8Array<ArrayBuffer>);
  return c.newResponse(body, { status: status as StatusCode, headers });
}

/**
 * Checks what goes to the runtime's server, which may send it as it is, or end with the process.
 *
 * @throws RangeError for a status that ends no request, TypeError for a control character
 */
function checkAnswer(status: number, headers: Headers): void {
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new RangeError(`The status of an answer must be from 200 to 599, but was ${status}`);
  }
  for (const [name, value] of headers) {
    if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) continue;
    throw new TypeError(`The header "${name}" has a control character: ${JSON.stringify(value)}`);
  }
}

/** The name twice where it is not ASCII: plain for old clients, and as RFC 6266 has it. */
function disposition(filename: string): string {
  const plain = filename.replace(/[^\x20-\x7e]|["\\]/g, "_");
  const full = plain === filename ? "" : `; filename*=UTF-8''${encodeName(filename)}`;
  return `attachment; filename="${plain}"${full}`;
}

/** RFC 5987: what encodeURIComponent() leaves and an attr-char may not be. */
function encodeName(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
