/**
 * rpcHandler(): answers the HTTP/2 requests that are calls, in gRPC, gRPC-Web or Connect.
 * @module
 */

import { Code, ConnectError, type ContextValues, type Interceptor } from "@connectrpc/connect";
import { codeToHttpStatus } from "@connectrpc/connect/protocol-connect";
import { contentTypeRegExp, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { ByteBudget } from "../../byte-budget.ts";
import { systemClock } from "../../clock.ts";
import { REQUEST_ID, requestIdOf } from "../../invocation/request-id.ts";
import { excerpt } from "../../io/wording.ts";
import { rpcLog as log } from "../../log.ts";
import type { Codec } from "../../rpc/api-codec.ts";
import { isCompressed } from "../../rpc/compression.ts";
import type { Gate } from "../../rpc/gate.ts";
import { addPushback, overloaded } from "../../rpc/retry.ts";
import type { Routes } from "../../rpc/routes.ts";
import { LateTable } from "../../rpc/typed/late-table.ts";
import { UNCOUNTED, UNKNOWN } from "../../service/request-metrics.ts";
import type { ListenOptions } from "../listener.ts";
import { Call, type Http2Request } from "./call.ts";
import type { CallTerms } from "./call-terms.ts";
import { COMPRESS_MIN_BYTES, compressions } from "./compression.ts";
import { Deadlines } from "./deadlines.ts";
import { countInflated } from "./inflated.ts";
import { type Http2Limits, limitsOf } from "./limits.ts";
import { outgoing } from "./metadata.ts";
import { openTable, type Rpc, rpcTable } from "./rpc-table.ts";
import type { StreamHandler } from "./sessions.ts";
import { ShortContext } from "./short-context.ts";
import { isPlain, PlainMessage, type ShortPath, shortPath } from "./short-path.ts";
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

const DISCONNECTED = new ConnectError("the client has disconnected", Code.Canceled);

/**
 * Returns the handler of the calls of routes.
 *
 * @param callsOnly true if there are no listeners for other requests: they are answered by 404
 */
export function rpcHandler(
  routes: Routes,
  options: RpcOptions = {},
  callsOnly = false,
): StreamHandler {
  const { requests = UNCOUNTED, preflight, gate, cors } = routes;
  const limits = limitsOf(options.limits);
  const { maxMessageBytes, maxConcurrentCalls } = limits;
  const interceptors = [...(options.interceptors ?? []), ...(routes.interceptors ?? [])];
  const tableOptions = {
    acceptCompression: [...compressions],
    compressMinBytes: COMPRESS_MIN_BYTES,
    readMaxBytes: maxMessageBytes,
    interceptors,
  };
  const rpcs = rpcTable(routes, tableOptions);
  const late = new LateTable(routes.typed, () => openTable(routes, tableOptions));
  /** Interceptors are to see messages, not what a codec reads. */
  const codecOf = ({ handler }: Rpc): Codec | undefined =>
    interceptors.length === 0 ? routes.codecs?.get(handler.method) : undefined;
  const shortPaths = new WeakMap<Rpc, ShortPath>();
  const addShort = (rpc: Rpc): void => {
    if (options.shortPath === false || shortPaths.has(rpc)) return;
    const short = rpc.spec && shortPath(rpc.spec, maxMessageBytes, interceptors, codecOf(rpc));
    if (short !== undefined) shortPaths.set(rpc, short);
  };
  for (const rpc of rpcs.values()) addShort(rpc);
  /** Returns a method whose types are made at its first call. */
  const lateRpc = async (path: string): Promise<Rpc | undefined> => {
    const rpc = await late.get(path);
    if (rpc !== undefined) addShort(rpc);
    return rpc;
  };
  let open = 0;
  const terms: CallTerms = {
    limits,
    budget: options.budget ?? new ByteBudget(limits.maxHeldBytes),
    deadlines: new Deadlines(systemClock),
    cors,
    onClose: () => {
      open -= 1;
    },
  };

  async function answer(call: Call, path: string, known: Rpc | undefined): Promise<void> {
    if (open > maxConcurrentCalls) {
      const message = `there are too many calls at the same time, more than ${maxConcurrentCalls}`;
      throw overloaded(message);
    }
    const rpc = known ?? (late.has(path) ? await lateRpc(path) : undefined);
    if (rpc === undefined) {
      throw new ConnectError(`unknown method ${excerpt(path)}`, Code.Unimplemented);
    }
    if (takesOneMessage(rpc)) call.limitBody();
    else call.body.expectStream();
    const short = shortPaths.get(rpc);
    let values: ContextValues | undefined;
    if (short !== undefined && isPlain(call)) {
      const context = new ShortContext(rpc.handler.method, call, codecOf(rpc) !== undefined);
      const passed = gate === undefined || passes(gate, context, call);
      if (passed !== true && !(await passed)) return;
      const plain = new PlainMessage(call.body, maxMessageBytes);
      await plain.arrival();
      const message = plain.take();
      if (message !== undefined) return await short(message, call, context);
      if (call.closed) return context.endUnhandled(DISCONNECTED);
      values = context.madeValues;
    }
    const universally = () => answerUniversally(rpc.handler, call, values);
    return isCompressed((name) => call.header(name), call.path)
      ? countInflated(call.inflated, universally)
      : universally();
  }

  async function run(call: Call, path: string, rpc: Rpc | undefined): Promise<void> {
    try {
      await answer(call, path, rpc);
    } catch (reason) {
      giveUp(call, reason);
    } finally {
      call.counted.end(undefined);
    }
  }

  return (request) => {
    const { stream, headers } = request;
    const { ":method": method, ":path": url = "", "content-type": type } = headers;
    const [path = ""] = url.split("?", 1);
    const rpc = rpcs.get(path);
    const isKnown = rpc !== undefined || late.has(path);
    const isCall = isKnown || isGrpc(type);
    if (!isCall && callsOnly) return answerNotFound(routes, request);
    // Browsers send OPTIONS before a call from another origin.
    const answersOptions = preflight !== undefined || cors !== undefined;
    const isPreflight = answersOptions && !callsOnly && method === "OPTIONS";
    if (!isCall || isPreflight) return false;
    if (headers.expect === "100-continue") stream.additionalHeaders({ ":status": 100 });
    open += 1;
    // Only existing methods have a label of their own: callers may send any name.
    const call = new Call(request, terms, requests, isKnown ? path.slice(1) : UNKNOWN);
    void run(call, path, rpc);
    return true;
  };
}

/** Opens a call before its message is read. Answers one that is rejected, and returns false. */
function passes(gate: Gate, context: ShortContext, call: Call): boolean | Promise<boolean> {
  const rejected = (error: unknown): false => {
    context.fail(error);
    call.begin(200, context.sentHeader);
    call.end(context.sentTrailer);
    return false;
  };
  try {
    return gate(context.context)?.then(() => true, rejected) ?? true;
  } catch (error) {
    return rejected(error);
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
  call.requestId ??= requestIdOf(call.header(REQUEST_ID));
  const requestId = { [REQUEST_ID]: call.requestId };
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

function answerNotFound({ requests }: Routes, { stream, headers }: Http2Request): true {
  const header = (name: string) => `${headers[name] ?? ""}`;
  const requestId = requestIdOf(header(REQUEST_ID));
  const { ":method": method = "", ":path": url = "" } = headers;
  requests?.begin(UNKNOWN, { method, url, header }).end(404, undefined, requestId);
  stream.respond({ ":status": 404, [REQUEST_ID]: requestId }, { endStream: true });
  return true;
}
