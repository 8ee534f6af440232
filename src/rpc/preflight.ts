/**
 * Preflights: the OPTIONS requests of browsers before calls from another origin (CORS). Connect's
 * handlers do not answer them, but middleware such as `cors()` does.
 * @module
 */

import { httpStatus } from "../error.ts";
import { holdRequest } from "../hold-request.ts";
import { Invocation } from "../invocation/invocation.ts";
import type { Middleware } from "../invocation/middleware.ts";
import { onAbort, type RequestFacts } from "../invocation/request-facts.ts";
import { REQUEST_ID, requestIdOf } from "../invocation/request-id.ts";
import type { CountedRequest } from "../service/request-metrics.ts";
import type { RpcServer } from "./rpc-server.ts";

/**
 * Answers a request by OPTIONS.
 *
 * @param proceed makes the answer if no middleware does
 */
export type Preflight = (
  asked: AskedRequest,
  proceed: () => Promise<Response>,
) => Promise<Response>;

/** A request, and what its server knows of it. */
export interface AskedRequest {
  readonly request: Request;
  readonly counted: CountedRequest;
  readonly peer: () => string | undefined;
}

/** Returns a function that answers by the middleware of a service; undefined if it has none. */
export function preflightOf(server: RpcServer): Preflight | undefined {
  const { middleware } = server;
  if (middleware === undefined) return undefined;
  return async (asked, proceed) => {
    const { request, counted } = asked;
    using invocation = new Invocation(server, factsOf(asked, server.timeoutMs));
    const response = await answer(middleware, invocation, request, proceed);
    invocation.endWith(response.status);
    counted.end(response.status);
    return response;
  };
}

async function answer(
  middleware: Middleware,
  invocation: Invocation,
  { url, method, headers }: Request,
  proceed: () => Promise<Response>,
): Promise<Response> {
  const { signal } = invocation.context;
  const render = (thrown: unknown): Response =>
    new Response(null, { status: httpStatus(invocation.fail(thrown).code) });
  try {
    const request = holdRequest(signal, new Request(url, { method, headers, signal }));
    const {
      body,
      status,
      headers: answered,
    } = await middleware(invocation, {
      request,
      proceed,
      render,
    });
    return new Response(body, { status, headers: answered });
  } catch (reason) {
    return render(reason);
  }
}

function factsOf({ request, counted, peer }: AskedRequest, timeoutMs: number): RequestFacts {
  const { url, headers, signal } = request;
  return {
    protocol: "connect",
    endpoint: new URL(url).pathname.slice(1),
    requestId: requestIdOf(headers.get(REQUEST_ID)),
    url,
    headers,
    get peer() {
      return peer();
    },
    header: (name) => headers.get(name),
    onDisconnect: onAbort(signal),
    timeoutMs,
    callerTimeoutMs: undefined,
    counted,
  };
}
