/**
 * Calls of a service's APIs: decode an input from the content of a message, and encode an output.
 * In between, a call takes the path of every protocol, in `Invocation`.
 * @module
 */

import type { HandlerContext } from "@connectrpc/connect";
import { bentomlUnknownApi } from "../bentoml/compatibility.ts";
import { decodeContent, encodeContent } from "../bentoml/content/content.ts";
import type { RequestContent, ResponseContent } from "../bentoml/content/message.ts";
import { encodeWireContent } from "../bentoml/wire/content.ts";
import { ServiceError } from "../error.ts";
import { AnswerStream } from "../invocation/answer-stream.ts";
import type { Steps } from "../invocation/invocation.ts";
import type { IoHost } from "../io/io.ts";
import { excerpt } from "../io/wording.ts";
import type { AnyApi } from "../service/api.ts";
import { UNKNOWN } from "../service/request-metrics.ts";
import { onlyOne } from "../service/service.ts";
import { factsOf } from "./call-facts.ts";
import { RpcCall } from "./rpc-call.ts";
import type { RpcServer } from "./rpc-server.ts";

/** The name of the called API, and its input. */
export interface ApiRequest {
  readonly apiName: string;
  /** Returns the input. @throws ServiceError `invalid_argument` for an invalid one */
  content(): RequestContent;
}

/** A call of an API, with its messages. */
export interface ApiCall<M> {
  readonly apiName: string;
  /** Returns the input of a handler. @throws ServiceError for an invalid one */
  decode(api: AnyApi, host: IoHost): unknown | Promise<unknown>;
  /** Returns the message of an output. @throws TypeError for one that it cannot hold */
  encode(api: AnyApi, output: unknown, host: IoHost): M | Promise<M>;
}

/** Calls an API and waits for its answer. @throws ConnectError for every failure */
export function callApi(
  server: RpcServer,
  request: ApiRequest,
  handler: HandlerContext,
): Promise<ResponseContent> {
  return answerApi(server, contentCall(request, handler), handler);
}

/** Calls an API and yields its answers. @throws ConnectError for every failure */
export function streamApi(
  server: RpcServer,
  request: ApiRequest,
  handler: HandlerContext,
): AsyncGenerator<ResponseContent> {
  return streamAnswers(server, contentCall(request, handler), handler);
}

/**
 * Calls an API and waits for the message of its answer.
 *
 * @throws ConnectError for every failure
 */
export async function answerApi<M>(
  server: RpcServer,
  request: ApiCall<M>,
  handler: HandlerContext,
): Promise<M> {
  using call = open(server, request, handler);
  try {
    const { apiName } = request;
    const message = await call.invocation.answer({
      ...coding(server, request, call),
      handle(input, context) {
        const answer = server.service.answer(apiName, input, context);
        if (!(answer instanceof Promise)) return onlyOne(apiName, answer);
        return answer.then((made) => onlyOne(apiName, made));
      },
    });
    call.sendHeaders("api");
    call.succeed();
    return message as M; // streams are refused
  } catch (error) {
    throw call.fail(error);
  }
}

/**
 * Calls an API and yields the messages of the items of its handler, each computed when it is
 * requested, and within the time limit of an answer.
 *
 * @throws ConnectError for every failure
 */
export async function* streamAnswers<M>(
  server: RpcServer,
  request: ApiCall<M>,
  handler: HandlerContext,
): AsyncGenerator<M> {
  using call = open(server, request, handler);
  try {
    const answer = await call.invocation.answer({
      ...coding(server, request, call),
      handle: (input, context) => server.service.answer(request.apiName, input, context),
    });
    call.sendHeaders();
    const { context } = call.invocation;
    if (answer instanceof AnswerStream) yield* answer.items(() => context.renew());
    else yield answer;
    call.succeed();
  } catch (error) {
    throw call.fail(error);
  }
}

function open(
  server: RpcServer,
  { apiName }: Pick<ApiRequest, "apiName">,
  handler: HandlerContext,
): RpcCall {
  const known = Object.hasOwn(server.service.apis, apiName);
  return RpcCall.of(server, handler, known ? apiName : UNKNOWN, server.timeoutMs);
}

/** Returns the call of an API with BentoML's messages. */
function contentCall(
  { apiName, content }: ApiRequest,
  handler: HandlerContext,
): ApiCall<ResponseContent> {
  const isWire = factsOf(handler)?.isWire ?? false;
  return {
    apiName,
    decode: ({ input }, host) => decodeContent(input, content(), host),
    encode({ output: io }, output, host) {
      if (!isWire) return encodeContent(io, output, host);
      // Only the codec of the call sees it.
      return encodeWireContent(io, output, host) as ResponseContent | Promise<ResponseContent>;
    },
  };
}

/** Returns the steps that decode the input of an API and encode its output. */
function coding<M>(
  server: RpcServer,
  { apiName, decode, encode }: ApiCall<M>,
  { invocation }: RpcCall,
): Pick<Steps<unknown, unknown, M>, "decode" | "encode"> {
  const { pictures } = server.ioOptions;
  const ioOptions = {
    ...(pictures === undefined ? {} : { pictures }),
    get signal() {
      return invocation.context.signal;
    },
  };
  return {
    decode: () => decode(apiOf(server, apiName), ioOptions),
    encode: (output) => encode(apiOf(server, apiName), output, ioOptions),
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
