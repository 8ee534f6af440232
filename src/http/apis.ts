/**
 * The HTTP routes of a service's APIs: body to value, `service.call()`, value to body.
 * @module
 */

import type { Hono, Context as HonoContext } from "hono";
import type { ByteBudget } from "../byte-budget.ts";
import type { Clock } from "../host.ts";
import { decodeBody } from "../io/form/form.ts";
import type { IoHost, Payload } from "../io/io.ts";
import { asServiceError } from "../service/answer.ts";
import { onAbort, openContext, orAborted, type RequestContext } from "../service/context.ts";
import type { Route } from "../service/routes.ts";
import type { Service } from "../service/service.ts";
import { isStream } from "../service/stream.ts";
import { respond } from "./answer.ts";
import { BODY_READ, readBody } from "./body.ts";
import type { Decompress } from "./decompress.ts";
import { refuseMethod } from "./error-response.ts";
import { endStream, type OpenStream, openStream, respondStream } from "./stream.ts";

/** The bounds of every request, and the host of its descriptors. */
export interface RequestSettings extends IoHost {
  /** The largest body, in bytes, before and after decompression. */
  readonly maxBodyBytes: number;
  /** The budget of the bytes that all requests together hold. */
  readonly budget: ByteBudget;
  readonly decompress: Decompress;
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
  const context = openContext({
    requestId,
    headers: request.headers,
    query: new URL(request.url).searchParams,
    onDisconnect: onAbort(request.signal),
    timeoutMs: settings.timeoutMs,
    clock: settings.clock,
  });
  const share = settings.budget.open();
  // Until then the handler uses the body, or what was made of it.
  context.onEnd(() => share.close());
  const { maxBodyBytes: maxBytes, decompress } = settings;
  const work = async (): Promise<Payload | OpenStream> => {
    const { signal } = context;
    const bytes = await readBody(request, { maxBytes, share, signal, decompress });
    c.set(BODY_READ, true);
    const type = request.headers.get("content-type") ?? undefined;
    const lent = { ...settings, signal: context.signal };
    const input = await decodeBody(api.input, { bytes, type, headers: request.headers }, lent);
    // A client that disconnected while its body was read costs no inference.
    context.signal.throwIfAborted();
    const output = await service.answer(name, input, context);
    if (!isStream(output)) {
      if (request.headers.get(EXPLAIN) === "1") explain(context);
      return await api.output.encode(output, lent, request.headers.get("accept") ?? undefined);
    }
    return await openStream(output, (item) => api.output.encode(item, lent));
  };
  const working = work();
  try {
    const answer = await orAborted(working, context.signal);
    if ("rest" in answer) return respondStream(c, context, answer);
    context[Symbol.dispose]();
    return respond(c, context, answer);
  } catch (error) {
    context[Symbol.dispose]();
    void working.then(endStream, () => {}); // one that begins now is too late
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
