/**
 * The service that Connect's conformance suite calls, as one of a user's own.
 * @module
 */

import { setTimeout } from "node:timers/promises";
import type { DescMessage, DescService, Message, MessageInitShape } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import {
  ConnectError,
  type ConnectRouter,
  type HandlerContext,
  type ServiceImpl,
} from "@connectrpc/connect";
import type {
  ErrorDefinition,
  Header,
  StreamDefinition,
  StreamRequest,
  UnaryDefinition,
  UnaryRequest,
} from "./messages.ts";

type Payload = Record<string, unknown>;
type Answer = MessageInitShape<DescMessage>;

/** Adds it to a router. */
export function conformanceService(
  service: DescService,
  requestInfo: DescMessage,
): (router: ConnectRouter) => void {
  function infoOf(handler: HandlerContext, requests: readonly Message[]): Payload {
    const timeoutMs = handler.timeoutMs();
    const query = new URL(handler.url).searchParams;
    return {
      requestHeaders: headersOf(handler.requestHeader),
      requests: requests.map((request) => anyPack(schemaOf(service, request), request)),
      ...(timeoutMs !== undefined && { timeoutMs: BigInt(Math.ceil(timeoutMs)) }),
      ...(handler.requestMethod === "GET" && { connectGetInfo: { queryParams: headersOf(query) } }),
    };
  }

  function errorOf(
    { code, message, details }: ErrorDefinition,
    info: Payload | undefined,
  ): ConnectError {
    const error = new ConnectError(message ?? "", code);
    const own = info && { desc: requestInfo, value: info as Answer };
    error.details = [
      ...details.map(({ typeUrl, value }) => ({
        type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1),
        value,
      })),
      ...(own === undefined ? [] : [own]),
    ];
    return error;
  }

  async function answerOne(
    definition: UnaryDefinition | undefined,
    requests: readonly Message[],
    handler: HandlerContext,
  ): Promise<Answer> {
    const info = infoOf(handler, requests);
    if (definition === undefined) return { payload: { requestInfo: info } } as Answer;
    append(handler.responseHeader, definition.responseHeaders);
    append(handler.responseTrailer, definition.responseTrailers);
    await setTimeout(definition.responseDelayMs);
    const { response } = definition;
    if (response.case === "error") throw errorOf(response.value, info);
    const data = response.case === "responseData" ? response.value : undefined;
    return { payload: { requestInfo: info, ...(data && { data }) } } as Answer;
  }

  async function* answerAll(
    definition: StreamDefinition,
    info: Payload,
    from: number,
  ): AsyncGenerator<Answer> {
    const { responseData, responseDelayMs, error } = definition;
    for (const [at, data] of responseData.entries()) {
      if (at < from) continue;
      await setTimeout(responseDelayMs);
      yield { payload: { data, ...(at === 0 && { requestInfo: info }) } } as Answer;
    }
    if (error === undefined) return;
    throw errorOf(error, responseData.length === 0 ? info : undefined);
  }

  const implementation = {
    async unary(request: UnaryRequest, handler: HandlerContext) {
      return await answerOne(request.responseDefinition, [request], handler);
    },
    async idempotentUnary(request: UnaryRequest, handler: HandlerContext) {
      return await answerOne(request.responseDefinition, [request], handler);
    },
    async clientStream(stream: AsyncIterable<UnaryRequest>, handler: HandlerContext) {
      const requests: UnaryRequest[] = [];
      for await (const request of stream) requests.push(request);
      return await answerOne(requests[0]?.responseDefinition, requests, handler);
    },
    async *serverStream(request: StreamRequest, handler: HandlerContext) {
      const { responseDefinition } = request;
      if (responseDefinition === undefined) return;
      append(handler.responseHeader, responseDefinition.responseHeaders);
      append(handler.responseTrailer, responseDefinition.responseTrailers);
      yield* answerAll(responseDefinition, infoOf(handler, [request]), 0);
    },
    async *bidiStream(stream: AsyncIterable<StreamRequest>, handler: HandlerContext) {
      const requests: StreamRequest[] = [];
      let sent = 0;
      for await (const request of stream) {
        requests.push(request);
        const [first = request] = requests;
        if (requests.length === 1) {
          append(handler.responseHeader, first.responseDefinition?.responseHeaders ?? []);
          append(handler.responseTrailer, first.responseDefinition?.responseTrailers ?? []);
        }
        if (first.fullDuplex !== true) continue;
        const { responseDefinition } = first;
        const data = responseDefinition?.responseData[sent];
        if (responseDefinition === undefined || data === undefined) break;
        await setTimeout(responseDefinition.responseDelayMs);
        const requestInfo =
          sent === 0
            ? infoOf(handler, [request])
            : { requests: infoOf(handler, [request])["requests"] };
        yield { payload: { data, requestInfo } } as Answer;
        sent += 1;
      }
      const definition = requests[0]?.responseDefinition;
      if (definition !== undefined) yield* answerAll(definition, infoOf(handler, requests), sent);
    },
  };
  return (router) =>
    router.service(service, implementation as unknown as Partial<ServiceImpl<DescService>>);
}

function schemaOf(service: DescService, { $typeName }: Message): DescMessage {
  const method = service.methods.find(({ input }) => input.typeName === $typeName);
  if (method === undefined) throw new Error(`No method takes a ${$typeName}`);
  return method.input;
}

function headersOf(headers: Iterable<[string, string]>): Answer[] {
  return Array.from(headers, ([name, value]) => ({ name, value: [value] }) as Answer);
}

function append(to: Headers, headers: readonly Header[]): void {
  for (const { name, value } of headers) for (const one of value) to.append(name, one);
}
