/**
 * Calls of a service's APIs: content to value, `service.call()`, value to content.
 * @module
 */

import type { HandlerContext } from "@connectrpc/connect";
import { bentomlUnknownApi } from "../bentoml/compatibility.ts";
import { decodeContent, encodeContent } from "../bentoml/content/content.ts";
import type { RequestContent, ResponseContent } from "../bentoml/content/message.ts";
import { ServiceError } from "../error.ts";
import type { IoHost } from "../io/io.ts";
import { cut } from "../io/wording.ts";
import type { AnyApi } from "../service/api.ts";
import { orAborted, type RequestContext } from "../service/context.ts";
import { UNKNOWN } from "../service/request-metrics.ts";
import { OpenCall } from "./open-call.ts";
import type { RpcServer } from "./rpc-server.ts";

/** What a call asks for. */
export interface ApiRequest {
  readonly apiName: string;
  /** @throws ServiceError `invalid_argument` for what is not of the protocol */
  content(): RequestContent;
}

/**
 * Calls an API and waits for its answer.
 *
 * @throws ConnectError always that
 */
export async function callApi(
  server: RpcServer,
  request: ApiRequest,
  handler: HandlerContext,
): Promise<ResponseContent> {
  using call = open(server, request, handler, server.timeoutMs);
  const { context } = call;
  try {
    const { api, lent, decoded } = admit(server, request, call);
    const input = await inTime(decoded, context);
    const output = await server.service.call(request.apiName, input, context);
    const content = await inTime(encodeContent(api.output, output, lent), context);
    call.sendHeaders();
    call.succeed();
    return content;
  } catch (error) {
    throw call.fail(error);
  }
}

/**
 * Calls an API and gives what its handler yields, each when it is asked for.
 *
 * @throws ConnectError always that
 */
export async function* streamApi(
  server: RpcServer,
  request: ApiRequest,
  handler: HandlerContext,
): AsyncGenerator<ResponseContent> {
  using call = open(server, request, handler, server.streamTimeoutMs);
  const { context } = call;
  try {
    const { api, lent, decoded } = admit(server, request, call);
    const input = await inTime(decoded, context);
    let isFirst = true;
    for await (const output of server.service.callStream(request.apiName, input, context)) {
      const content = await inTime(encodeContent(api.output, output, lent), context);
      if (isFirst) call.sendHeaders();
      isFirst = false;
      yield content;
    }
    if (isFirst) call.sendHeaders();
    call.succeed();
  } catch (error) {
    throw call.fail(error);
  }
}

function open(
  server: RpcServer,
  { apiName }: ApiRequest,
  handler: HandlerContext,
  timeoutMs: number,
): OpenCall {
  const known = Object.hasOwn(server.service.apis, apiName);
  return new OpenCall(server, handler, known ? apiName : UNKNOWN, timeoutMs);
}

/** The API that is asked for, its input, and what its descriptors are lent. */
function admit(
  server: RpcServer,
  { apiName, content }: ApiRequest,
  call: OpenCall,
): { api: AnyApi; decoded: unknown; lent: IoHost } {
  call.admit();
  const api = apiOf(server, apiName);
  const { pictures } = server.lent;
  const lent = {
    ...(pictures === undefined ? {} : { pictures }),
    get signal() {
      return call.context.signal;
    },
  };
  return { api, decoded: decodeContent(api.input, content(), lent), lent };
}

/**
 * What may have to be waited for, by then: most content is made at once, and a race is dear.
 *
 * @throws ServiceError the signal's reason: a caller that has left costs no inference
 */
function inTime<T>(made: T | Promise<T>, context: RequestContext): T | Promise<T> {
  context.throwIfAborted();
  return made instanceof Promise ? orAborted(made, context.signal) : made;
}

function apiOf({ service, compatibility }: RpcServer, name: string): AnyApi {
  const { apis } = service;
  const api = Object.hasOwn(apis, name) ? apis[name] : undefined;
  if (api !== undefined) return api;
  throw compatibility
    ? bentomlUnknownApi(service.name)
    : new ServiceError(
        "not_found",
        `There is no API "${cut(name)}"; the service has ${Object.keys(apis).join(", ")}`,
      );
}
