/**
 * Calls of a service's APIs: decode an input from the content of a message, and encode an output.
 * In between, a call takes the path of every protocol, in `Invocation`.
 * @module
 */

import type { HandlerContext } from "@connectrpc/connect";
import { bentomlUnknownApi } from "../bentoml/compatibility.ts";
import { decodeContent, encodeContent } from "../bentoml/content/content.ts";
import type { RequestContent, ResponseContent } from "../bentoml/content/message.ts";
import { ServiceError } from "../error.ts";
import { AnswerStream } from "../invocation/answer-stream.ts";
import type { Steps } from "../invocation/invocation.ts";
import { excerpt } from "../io/wording.ts";
import type { AnyApi } from "../service/api.ts";
import { UNKNOWN } from "../service/request-metrics.ts";
import { RpcCall } from "./rpc-call.ts";
import type { RpcServer } from "./rpc-server.ts";

/** The name of the called API, and its input. */
export interface ApiRequest {
  readonly apiName: string;
  /** Returns the input. @throws ServiceError `invalid_argument` for an invalid one */
  content(): RequestContent;
}

/**
 * Calls an API and waits for its answer.
 *
 * @throws ConnectError for every failure
 */
export async function callApi(
  server: RpcServer,
  request: ApiRequest,
  handler: HandlerContext,
): Promise<ResponseContent> {
  using call = open(server, request, handler, server.timeoutMs);
  try {
    const { apiName } = request;
    const content = await call.invocation.answer({
      ...coding(server, request, call),
      handle: (input, context) => server.service.call(apiName, input, context),
    });
    call.sendHeaders();
    call.succeed();
    return content as ResponseContent; // `Service.call()` refuses streams
  } catch (error) {
    throw call.fail(error);
  }
}

/**
 * Calls an API and yields the items of its handler, each computed when it is requested.
 *
 * @throws ConnectError for every failure
 */
export async function* streamApi(
  server: RpcServer,
  request: ApiRequest,
  handler: HandlerContext,
): AsyncGenerator<ResponseContent> {
  using call = open(server, request, handler, server.streamTimeoutMs);
  try {
    const answer = await call.invocation.answer({
      ...coding(server, request, call),
      handle: (input, context) => server.service.answer(request.apiName, input, context),
    });
    call.sendHeaders();
    if (answer instanceof AnswerStream) yield* answer;
    else yield answer;
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
): RpcCall {
  const known = Object.hasOwn(server.service.apis, apiName);
  return RpcCall.of(server, handler, known ? apiName : UNKNOWN, timeoutMs);
}

/** Returns the steps that decode the input of an API and encode its output. */
function coding(
  server: RpcServer,
  { apiName, content }: ApiRequest,
  { invocation }: RpcCall,
): Pick<Steps<unknown, unknown, ResponseContent>, "decode" | "encode"> {
  const { pictures } = server.ioOptions;
  const ioOptions = {
    ...(pictures === undefined ? {} : { pictures }),
    get signal() {
      return invocation.context.signal;
    },
  };
  return {
    decode: () => decodeContent(apiOf(server, apiName).input, content(), ioOptions),
    encode: (output) => encodeContent(apiOf(server, apiName).output, output, ioOptions),
  };
}

/** Returns an API. @throws ServiceError `not_found` for an unknown one */
function apiOf({ service, compatibility }: RpcServer, name: string): AnyApi {
  const { apis } = service;
  const api = Object.hasOwn(apis, name) ? apis[name] : undefined;
  if (api !== undefined) return api;
  throw compatibility
    ? bentomlUnknownApi(service.name)
    : new ServiceError(
        "not_found",
        `There is no API "${excerpt(name)}"; the service has ${Object.keys(apis).join(", ")}`,
      );
}
