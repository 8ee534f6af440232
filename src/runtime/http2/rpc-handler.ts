/**
 * rpcHandler(): answers the HTTP/2 requests that are calls, in gRPC, gRPC-Web or Connect.
 * @module
 */

import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { Code, ConnectError, type ContextValues, type Interceptor } from "@connectrpc/connect";
import { codeToHttpStatus } from "@connectrpc/connect/protocol-connect";
import { contentTypeRegExp, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { ByteBudget } from "../../byte-budget.ts";
import { REQUEST_ID, requestIdOf } from "../../invocation/request-id.ts";
import { excerpt } from "../../io/wording.ts";
import { log } from "../../log.ts";
import { isCompressed } from "../../rpc/compression.ts";
import type { Gate } from "../../rpc/gate.ts";
import { addPushback, overloaded } from "../../rpc/retry.ts";
import type { Routes } from "../../rpc/routes.ts";
import { UNCOUNTED, UNKNOWN } from "../../service/request-metrics.ts";
import type { ListenOptions } from "../runtime.ts";
import { Call, type CallTerms } from "./call.ts";
import { COMPRESS_MIN_BYTES, compressions } from "./compression.ts";
import { countInflated } from "./inflated.ts";
import { type Http2Limits, limitsOf } from "./limits.ts";
import { outgoing } from "./metadata.ts";
import { type Rpc, rpcTable } from "./rpc-table.ts";
import { ShortContext } from "./short-context.ts";
import { isPlain, readPlainMessage, type ShortPath, shortPath } from "./short-path.ts";
import { answerUniversally } from "./universal.ts";

/** The settings of the handler. */
export interface RpcOptions {
  readonly limits?: Partial<Http2Limits>;
  /** The budget of all requests, shared with HTTP. Default: one of `limits.maxHeldBytes`. */
  readonly budget?: ByteBudget;
  /** Interceptors of every call, the first one outermost. */
  readonly interceptors?: Interceptor[];
  /** False makes every call take the universal path, for tests that compare both. */
  readonly shortPath?: boolean;
}

/** The address of an HTTP/2 server, and the settings of its handler. */
export interface Http2Options extends RpcOptions, Pick<ListenOptions, "host" | "port"> {}

/** Answers one request of an HTTP/2 server. */
export type Http2Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

const DISCONNECTED = new ConnectError("the client has disconnected", Code.Canceled);

/** Returns the handler of the calls of routes. `otherwise` answers all other requests. */
export function rpcHandler(
  routes: Routes,
  options: RpcOptions = {},
  otherwise?: Http2Handler,
): Http2Handler {
  const { requests = UNCOUNTED, preflight, gate } = routes;
  const limits = limitsOf(options.limits);
  const { maxMessageBytes, maxConcurrentCalls } = limits;
  const interceptors = [...(options.interceptors ?? []), ...(routes.interceptors ?? [])];
  const rpcs = rpcTable(routes, {
    acceptCompression: [...compressions],
    compressMinBytes: COMPRESS_MIN_BYTES,
    readMaxBytes: maxMessageBytes,
    interceptors,
  });
  const shortPaths = new Map<Rpc, ShortPath>();
  for (const rpc of options.shortPath === false ? [] : rpcs.values()) {
    const short = rpc.spec && shortPath(rpc.spec, maxMessageBytes, interceptors);
    if (short !== undefined) shortPaths.set(rpc, short);
  }
  let open = 0;
  const terms: CallTerms = {
    limits,
    budget: options.budget ?? new ByteBudget(limits.maxHeldBytes),
    onClose: () => {
      open -= 1;
    },
  };

  async function answer(call: Call, path: string, rpc: Rpc | undefined): Promise<void> {
    if (open > maxConcurrentCalls) {
      const message = `there are too many calls at the same time, more than ${maxConcurrentCalls}`;
      throw overloaded(message);
    }
    if (rpc === undefined) {
      throw new ConnectError(`unknown method ${excerpt(path)}`, Code.Unimplemented);
    }
    if (takesOneMessage(rpc)) call.limitBody();
    else call.body.expectStream();
    const short = shortPaths.get(rpc);
    let values: ContextValues | undefined;
    if (short !== undefined && isPlain(call)) {
      const context = new ShortContext(rpc.handler.method, call);
      if (gate !== undefined && !(await passes(gate, context, call))) return;
      const message = await readPlainMessage(call.body, maxMessageBytes);
      if (message !== undefined) return short(message, call, context);
      if (call.closed) return context.endUnhandled(DISCONNECTED);
      values = context.madeValues;
    }
    const universally = () => answerUniversally(rpc.handler, call, values);
    return isCompressed((name) => call.header(name))
      ? countInflated(call.inflated, universally)
      : universally();
  }

  return (request, response) => {
    const [path = ""] = request.url.split("?", 1);
    const rpc = rpcs.get(path);
    if (rpc === undefined && !isGrpc(request.headers["content-type"])) {
      if (otherwise === undefined) return answerNotFound(routes, request, response);
      return otherwise(request, response);
    }
    // Browsers send OPTIONS before a call from another origin.
    if (preflight !== undefined && otherwise !== undefined && request.method === "OPTIONS") {
      return otherwise(request, response);
    }
    open += 1;
    // Only existing methods have a label of their own: callers may send any name.
    const counted = requests.begin(rpc === undefined ? UNKNOWN : path.slice(1));
    const call = new Call(request, response, terms, counted);
    answer(call, path, rpc)
      .catch((reason: unknown) => giveUp(call, reason))
      .finally(() => counted.end(undefined));
  };
}

/** Opens a call before its message is read. Answers one that is rejected, and returns false. */
async function passes(gate: Gate, context: ShortContext, call: Call): Promise<boolean> {
  try {
    await gate(context.context);
    return true;
  } catch (error) {
    context.fail(error);
    call.begin(200, context.header);
    call.end(context.trailer);
    return false;
  }
}

function takesOneMessage({ handler }: Rpc): boolean {
  const { methodKind } = handler.method;
  return methodKind === "unary" || methodKind === "server_streaming";
}

function isGrpc(contentType: string | undefined | null): boolean {
  return contentTypeRegExp.test(contentType ?? "");
}

/** Ends a call that has no answer, with the reason if that can still be sent. */
function giveUp(call: Call, reason: unknown): void {
  if (call.closed) return;
  const isKnown = reason instanceof ConnectError;
  if (!isKnown) log.error("A call ended without an answer: {reason}", { reason });
  const error = isKnown ? reason : new ConnectError("internal error", Code.Internal);
  const requestId = { [REQUEST_ID]: requestIdOf(call.header(REQUEST_ID)) };
  if (isGrpc(call.header("content-type")) && !call.blocked) {
    // In trailers: the status in the headers of an answer without a body is lost on some runtimes.
    call.begin(200, { "content-type": "application/grpc+proto" });
    addPushback(error, "grpc");
    const trailer = new Headers(requestId);
    setTrailerStatus(trailer, error);
    call.end(outgoing(trailer));
  } else if (call.begun) {
    call.counted.end(codeToHttpStatus(error.code));
    call.reset();
  } else {
    call.begin(error.code === Code.ResourceExhausted ? 503 : 500, requestId);
    call.end();
  }
}

function answerNotFound(
  { requests }: Routes,
  { headers }: Http2ServerRequest,
  response: Http2ServerResponse,
): void {
  requests?.begin(UNKNOWN).end(404);
  const sent = headers[REQUEST_ID];
  response.writeHead(404, { [REQUEST_ID]: requestIdOf(typeof sent === "string" ? sent : null) });
  response.end();
}
