/**
 * The HTTP routes of a service's APIs: how their input is decoded from a body, and their output
 * encoded as one. The path of a request is Invocation's.
 * @module
 */

import type { Hono, Context as HonoContext } from "hono";
import type { ByteBudget, Share } from "../byte-budget.ts";
import { AnswerStream } from "../invocation/answer-stream.ts";
import { guardsOf } from "../invocation/guards.ts";
import { Invocation, type InvocationHost } from "../invocation/invocation.ts";
import { decodeBody } from "../io/form/form.ts";
import type { IoHost, Payload } from "../io/io.ts";
import type { Route } from "../service/routes.ts";
import type { Service } from "../service/service.ts";
import { respond } from "./answer.ts";
import { BODY_READ, readBody } from "./body.ts";
import { checksLength } from "./checked-length.ts";
import type { Decompress } from "./decompress.ts";
import { keepHeaders, refuseMethod } from "./error-response.ts";
import { RestFacts } from "./rest-facts.ts";
import { respondStream } from "./stream.ts";

/** The bounds of every request, and the options of its descriptors. */
export interface RequestSettings extends IoHost, Pick<InvocationHost, "clock"> {
  /** The largest body, in bytes, before and after decompression. */
  readonly maxBodyBytes: number;
  /** The budget of the bytes that all requests together hold. */
  readonly budget: ByteBudget;
  readonly decompress: Decompress;
  /** How long a request may take, from its head to its answer, in milliseconds. */
  readonly timeoutMs: number;
}

/** Adds `POST <route>` for every API of the service; other methods there answer 405. */
export function apiRoutes(hono: Hono, service: Service, settings: RequestSettings): void {
  const host: InvocationHost = { service, guards: guardsOf(service), clock: settings.clock };
  for (const route of service.routes) {
    hono.post(route.path, (c) => answer(c, host, route, settings));
    hono.all(route.path, refuseMethod("POST"));
  }
}

async function answer(
  c: HonoContext,
  host: InvocationHost,
  { name, api }: Route,
  settings: RequestSettings,
): Promise<Response> {
  const invocation = new Invocation(host, new RestFacts(c, name, settings.timeoutMs));
  const { context } = invocation;
  const share = settings.budget.open();
  // Until then the handler uses the body, or what was made of it.
  context.onEnd(() => share.close());
  const ioOptions = { ...settings, signal: context.signal };
  const accept = c.req.header("accept");
  try {
    const answer = await invocation.answer({
      async decode() {
        const payload = await payloadOf(c, settings, context.signal, share);
        return await decodeBody(api.input, payload, ioOptions);
      },
      handle: (input) => host.service.answer(name, input, context),
      encode: (output, isItem): Payload | Promise<Payload> =>
        api.output.encode(output, ioOptions, isItem ? undefined : accept),
    });
    if (answer instanceof AnswerStream) return respondStream(c, invocation, answer);
    const response = respond(c, context.response, answer);
    invocation.endWith(response.status);
    invocation[Symbol.dispose]();
    return response;
  } catch (thrown) {
    const error = invocation.fail(thrown);
    keepHeaders(c, invocation);
    invocation[Symbol.dispose]();
    throw error;
  }
}

/** Reads the body of a request. */
async function payloadOf(
  c: HonoContext,
  { maxBodyBytes: maxBytes, decompress }: RequestSettings,
  signal: AbortSignal,
  share: Share,
): Promise<Payload> {
  const { raw: request } = c.req;
  const isLengthChecked = checksLength(c.env);
  const bytes = await readBody(request, { maxBytes, share, signal, decompress, isLengthChecked });
  c.set(BODY_READ, true);
  const type = request.headers.get("content-type") ?? undefined;
  return { bytes, type, headers: request.headers };
}
