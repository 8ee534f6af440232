/**
 * connectTransport(): calls over Connect or gRPC-Web.
 * @module
 */

import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport as Rpc } from "@connectrpc/connect";
import type { CommonTransportOptions, UniversalClientFn } from "@connectrpc/connect/protocol";
import { codeToString, createTransport as connectOf } from "@connectrpc/connect/protocol-connect";
import { createTransport as grpcWebOf } from "@connectrpc/connect/protocol-grpc-web";
import { isCode, ServiceError } from "../../error.ts";
import { BentoService, type RequestSchema } from "../../gen/bentoml/grpc/v1/service_pb.ts";
import { Inference } from "../../gen/ekiben/v1/inference_pb.ts";
import type { ApiFacts } from "../facts.ts";
import { send } from "../send.ts";
import type { Attempt, Outcome, Place, Transport } from "../transport.ts";
import { type Content, contentOf, valueOfContent } from "./content.ts";

/** The protocols of this transport. */
export type ConnectProtocol = "connect" | "grpc-web";

/** The largest message: that of a `Uint8Array` that every runtime has. */
const MAX_BYTES = 2 ** 31 - 1;

type ApiRequest = MessageInitShape<typeof RequestSchema>;

/**
 * Makes a transport for `client()`, by BentoML's messages. They have no `float16` and no integers
 * of 8 or 16 bits, and data frames only of the orient `columns`; REST has all.
 *
 * @example
 * client<typeof service>("http://localhost:3000", { transport: connectTransport("grpc-web") });
 */
export function connectTransport(protocol: ConnectProtocol = "connect"): Transport {
  if (protocol !== "connect" && protocol !== "grpc-web") {
    throw new TypeError(`The protocol must be "connect" or "grpc-web", but was ${protocol}`);
  }
  return {
    async open(place, api, input) {
      const request = { apiName: api.name, content: await contentOf(input, api.input) };
      return (attempt) => call(protocol, place, api, request as ApiRequest, attempt);
    },
  };
}

async function call(
  protocol: ConnectProtocol,
  place: Place,
  { output, isStream }: ApiFacts,
  request: ApiRequest,
  attempt: Attempt,
): Promise<Outcome> {
  const { headers, lane, signal, timeoutMs: leftMs } = attempt;
  const timeoutMs = leftMs === undefined ? undefined : Math.ceil(leftMs);
  if (lane !== undefined) headers.set("ekiben-lane", lane);
  const rpc = rpcOf(protocol, place, attempt);
  try {
    if (!isStream) {
      const answer = await rpc.unary(BentoService.method.call, signal, timeoutMs, headers, request);
      return { value: await valueOfContent(answer.message.content, output) };
    }
    const requests = once({ request });
    const { callStream } = Inference.method;
    const answer = await rpc.stream(callStream, signal, timeoutMs, headers, requests);
    return { items: itemsOf(answer.message, output) };
  } catch (thrown) {
    throw errorOf(thrown);
  }
}

async function* once<T>(value: T): AsyncGenerator<T, void, undefined> {
  yield value;
}

async function* itemsOf(
  answers: AsyncIterable<{ readonly response?: { readonly content: Content } | undefined }>,
  output: ApiFacts["output"],
): AsyncGenerator<unknown, void, undefined> {
  try {
    for await (const { response } of answers) {
      yield await valueOfContent(response?.content ?? { case: undefined }, output);
    }
  } catch (thrown) {
    throw errorOf(thrown);
  }
}

function rpcOf(protocol: ConnectProtocol, place: Place, { onResponse }: Attempt): Rpc {
  const options: CommonTransportOptions = {
    baseUrl: place.base,
    httpClient: httpOf(place, onResponse),
    useBinaryFormat: true,
    interceptors: [],
    acceptCompression: [],
    sendCompression: null,
    compressMinBytes: 0,
    readMaxBytes: MAX_BYTES,
    writeMaxBytes: MAX_BYTES,
  };
  return protocol === "connect" ? connectOf(options) : grpcWebOf(options);
}

/** Sends requests by the `fetch` of the client: whole, since browsers cannot stream them. */
function httpOf(place: Place, onResponse: Attempt["onResponse"]): UniversalClientFn {
  return async ({ url, method, header, body, signal }) => {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for await (const chunk of body ?? []) chunks.push(chunk as Uint8Array<ArrayBuffer>);
    const content = chunks.length === 0 ? null : new Blob(chunks);
    const init = { method, headers: header, body: content, signal: signal ?? null };
    const response = await send(place, url, init);
    onResponse?.(response);
    const { status, headers } = response;
    return { status, header: headers, body: chunksOf(response), trailer: new Headers() };
  };
}

async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body?.getReader();
  try {
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) return;
      yield value;
    }
  } finally {
    reader?.cancel().catch(() => {});
  }
}

function errorOf(thrown: unknown): unknown {
  if (!(thrown instanceof ConnectError)) return thrown;
  const { code, cause, metadata, rawMessage } = thrown;
  // An error of the connection is that of `fetch`, which the client describes itself.
  if (cause instanceof Error && !(cause instanceof ConnectError)) return cause;
  const name = codeToString(code);
  const known = code === Code.Canceled ? "canceled" : isCode(name) ? name : "internal";
  const seconds = metadata.get("retry-after");
  return new ServiceError(known, rawMessage, {
    requestId: metadata.get("x-request-id") ?? undefined,
    ...(seconds === null ? {} : { retryAfterSeconds: Number(seconds) }),
  });
}
