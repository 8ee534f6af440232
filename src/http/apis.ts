/**
 * The HTTP routes of a service's APIs.
 * @module
 */

import type { ExecutionContext } from "hono";
import { RESOURCE_POLICY, resourcePolicy } from "../access/safe-headers.ts";
import type { Middleware } from "../invocation/middleware.ts";
import type { Endpoint } from "./endpoint.ts";
import { finished } from "./finished.ts";
import { HttpCall, type HttpHost } from "./http-call.ts";
import { type ReceivedRequest, WebRequest } from "./received-request.ts";
import type { Reply } from "./reply.ts";
import { RestEndpoint } from "./rest-endpoint.ts";
import { markStreamed } from "./stream.ts";

/** The function that answers the requests to one route. */
export interface ApiHandler {
  /** True if it takes every method: a middleware may answer OPTIONS, for one. Else POST alone. */
  readonly takesAll: boolean;
  /** Answers a request of `fetch()`, whose other arguments are for middleware. */
  respond(request: Request, env: unknown, executionCtx?: ExecutionContext): Promise<Response>;
  /** Answers a request in whatever form a server has received it; undefined with middleware. */
  readonly answer: ((request: ReceivedRequest) => Promise<Reply>) | undefined;
}

/** The handlers of a server, by the paths of requests as they were sent. */
export interface ApiHandlers {
  get(path: string): ApiHandler | undefined;
}

/** Returns the handlers of the APIs of a service, by the paths of their routes. */
export function apiHandlers(
  host: HttpHost,
  middleware: Middleware | undefined,
): ReadonlyMap<string, ApiHandler> {
  const { service } = host;
  return new Map(
    service.routes.map((route): [string, ApiHandler] => [
      route.path,
      handlerOf(host, new RestEndpoint(service, route), middleware),
    ]),
  );
}

/**
 * Returns the handler of an endpoint.
 *
 * @param middleware those of the service; undefined for none
 */
export function handlerOf<In, Out>(
  host: HttpHost,
  endpoint: Endpoint<In, Out>,
  middleware: Middleware | undefined,
): ApiHandler {
  if (middleware !== undefined) {
    const respond: ApiHandler["respond"] = (request, env, executionCtx) => {
      const call = new HttpCall(host, endpoint, new WebRequest(request, env));
      return call.answerBehind(middleware, { request, env, executionCtx });
    };
    return { takesAll: true, respond, answer: undefined };
  }
  const respond = (request: Request, env: unknown): Promise<Response> =>
    new HttpCall(host, endpoint, new WebRequest(request, env)).answer((reply) => {
      if (reply.body instanceof ReadableStream) markStreamed(request);
      return reply.toResponse();
    });
  return { takesAll: false, respond, answer: answerOf(host, endpoint) };
}

const asIs = (reply: Reply): Reply => reply;

/** Returns the function that answers a request without a `Response`. */
function answerOf<In, Out>(
  host: HttpHost,
  endpoint: Endpoint<In, Out>,
): NonNullable<ApiHandler["answer"]> {
  const { cors } = host.access ?? {};
  if (cors === undefined) return (request) => new HttpCall(host, endpoint, request).answer(asIs);
  return (request) =>
    new HttpCall(host, endpoint, request).answer((reply) => {
      reply.more = cors.headersFor(request.header("origin"));
      return reply;
    });
}

/** As `handlerOf()`, for an endpoint that answers every method itself. */
export function strictHandlerOf<In, Out>(
  host: HttpHost,
  endpoint: Endpoint<In, Out>,
  middleware: Middleware | undefined,
): ApiHandler {
  if (middleware !== undefined) return handlerOf(host, endpoint, middleware);
  const policy = resourcePolicy(host.access?.cors);
  const respond = async (request: Request, env: unknown): Promise<Response> => {
    const { method } = request;
    const received = new WebRequest(request, env);
    const reply = await new HttpCall(host, endpoint, received).answer(asIs, method);
    const response = reply.toResponse();
    if (method !== "POST") response.headers.set(RESOURCE_POLICY, policy);
    if (method !== "HEAD") return response;
    const { requestId, closes } = reply;
    return await finished(response, { request, requestId, closes });
  };
  // Servers call it for POST alone.
  const answer = endpoint.method === "GET" ? undefined : answerOf(host, endpoint);
  return { takesAll: true, respond, answer };
}
