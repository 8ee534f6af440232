/**
 * rpcFetch(): Connect and gRPC-Web for any server that calls `fetch(Request)`. gRPC needs trailers,
 * which a `Response` cannot have.
 * @module
 */

import type { ConnectRouter } from "@connectrpc/connect";
import {
  type Compression,
  createAsyncIterable,
  type UniversalHandler,
  type UniversalServerRequest,
  type UniversalServerResponse,
  uResponseUnsupportedMediaType,
} from "@connectrpc/connect/protocol";
import { ByteBudget, defaultHeldBytes, type Share } from "../byte-budget.ts";
import { checkCount } from "../check.ts";
import { type Clock, systemClock } from "../clock.ts";
import { REQUEST_ID, requestIdOf } from "../invocation/request-id.ts";
import { DEFAULT_MAX_BODY_BYTES, DEFAULT_TIMEOUT_MS } from "../limits.ts";
import { rpcLog as log } from "../log.ts";
import { arrived } from "../service/request-listener.ts";
import { type CountedRequest, UNCOUNTED } from "../service/request-metrics.ts";
import { compressions } from "./compression.ts";
import { valuesWith } from "./counted.ts";
import { type Accounts, Held, type HeldLimits } from "./held.ts";
import { MessageBody, type MessageLimits } from "./message-body.ts";
import { pathOf } from "./path-of.ts";
import { rpcRouter } from "./router.ts";
import type { Routes } from "./routes.ts";
import { type Answer, collected, disconnect, streamed } from "./send-answer.ts";
import { StreamBody } from "./stream-body.ts";
import { shortened, timeoutOf } from "./timeout.ts";
import { LateTable } from "./typed/late-table.ts";
import { WireStatus } from "./wire-status.ts";

/** The bounds of calls, and the compressions of messages. */
export interface RpcFetchOptions {
  /**
   * The largest message to receive, in bytes, decompressed. Default 20 MiB; over it the status is
   * `resource_exhausted`.
   */
  readonly maxMessageBytes?: number;
  /** The time for the message of a unary call to arrive, in milliseconds. Default 60,000. */
  readonly timeoutMs?: number;
  /** The compressions. Default: gzip by the web's streams, which are slow on some runtimes. */
  readonly compressions?: readonly Compression[];
  /** The budget of the bytes that all requests together hold. Default: that of `app()`. */
  readonly budget?: ByteBudget;
  /**
   * Runs work, and counts the messages that `compressions` decompress meanwhile towards a share. By
   * default, messages are bounded only one by one.
   */
  readonly countInflated?: <T>(share: Share, work: () => T) => T;
  /** The clock, for tests. */
  readonly clock?: Clock;
}

/**
 * Answers a request that is a call; returns undefined for any other, after one look-up.
 *
 * @param isLengthChecked true if the body cannot be longer than its `Content-Length`, which makes
 *   reading it faster. Default false
 * @param peer returns the address of the client, where the server tells it
 */
export type RpcFetch = (
  request: Request,
  isLengthChecked?: boolean,
  peer?: () => string | undefined,
) => Promise<Response> | undefined;

/** The origin of the URL of a request without a valid one. */
const NO_HOST = "http://localhost";

/** The content types of the two protocols, of unary calls and of streams. */
const TYPES =
  "application/grpc-web+proto, application/grpc-web+json, application/proto, application/json";
const STREAM_TYPES =
  "application/grpc-web+proto, application/grpc-web+json, application/connect+proto, " +
  "application/connect+json";

/**
 * Answers the calls of routes over Connect (JSON and binary) and gRPC-Web.
 *
 * @throws RangeError for bounds that are not whole numbers from 1 up
 *
 * @example
 * const rpc = rpcFetch(rpcRoutes(service));
 * const fetch = (request: Request) => rpc(request) ?? app.fetch(request);
 */
export function rpcFetch(routes: Routes, options: RpcFetchOptions = {}): RpcFetch {
  const maxMessageBytes = options.maxMessageBytes ?? DEFAULT_MAX_BODY_BYTES;
  const limits: Omit<CallLimits, "isLengthChecked" | "peer"> = {
    maxMessageBytes: checkCount("maxMessageBytes", maxMessageBytes),
    budget: options.budget ?? new ByteBudget(defaultHeldBytes(maxMessageBytes)),
    countInflated: options.countInflated ?? ((_, work) => work()),
    timeoutMs: checkCount("timeoutMs", options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
    clock: options.clock ?? systemClock,
  };
  const { requests = UNCOUNTED, preflight, gate, typed } = routes;
  const rpcOptions = {
    grpc: false,
    acceptCompression: [...(options.compressions ?? compressions)],
    readMaxBytes: limits.maxMessageBytes,
    interceptors: routes.interceptors ?? [],
  };
  const router = rpcRouter(rpcOptions, gate);
  routes(router);
  const handlers = byPath(router);
  const late = new LateTable(typed, () => {
    const router = rpcRouter(rpcOptions, gate);
    return { router, table: () => byPath(router) };
  });
  const call = (
    handler: UniversalHandler,
    request: Request,
    { isLengthChecked, peer }: Pick<CallLimits, "isLengthChecked" | "peer">,
  ): Promise<Response> => {
    const counted = requests.begin(handler.requestPath.slice(1), arrived(request, peer));
    const proceed = () => answer(handler, request, { ...limits, isLengthChecked, peer }, counted);
    if (request.method !== "OPTIONS" || preflight === undefined) return proceed();
    return preflight({ request, counted, peer }, proceed);
  };
  return (request, isLengthChecked = false, peer = () => undefined) => {
    const path = pathOf(request.url);
    const handler = handlers.get(path);
    const terms = { isLengthChecked, peer };
    if (handler !== undefined) return call(handler, request, terms);
    if (!late.has(path)) return undefined;
    const made = late.get(path).catch((error: unknown) => {
      log.error("The types of {path} could not be made: {error}", { path, error });
    });
    return made.then((found) => {
      if (found !== undefined) return call(found, request, terms);
      requests.begin(path.slice(1), arrived(request, peer)).end(500);
      const headers = { connection: "close", [REQUEST_ID]: idOf(request) };
      return new Response(null, { status: 500, headers });
    });
  };
}

/** Returns the handlers of a router by their paths. */
function byPath({ handlers }: ConnectRouter): ReadonlyMap<string, UniversalHandler> {
  return new Map(handlers.map((handler) => [handler.requestPath, handler]));
}

/** The bounds of one call, and of all together. */
interface CallLimits extends MessageLimits, HeldLimits {
  readonly peer: () => string | undefined;
}

async function answer(
  handler: UniversalHandler,
  request: Request,
  limits: CallLimits,
  counted: CountedRequest,
): Promise<Response> {
  const held = new Held(limits, request);
  try {
    return await run(handler, request, limits, { held, counted });
  } catch (error) {
    held.close();
    counted.end(500);
    log.error("{path} failed: {error}", { path: handler.requestPath, error });
    const headers = { connection: "close", [REQUEST_ID]: idOf(request) };
    return new Response(null, { status: 500, headers });
  }
}

function idOf({ headers }: Request): string {
  return requestIdOf(headers.get(REQUEST_ID));
}

async function run(
  handler: UniversalHandler,
  request: Request,
  limits: CallLimits,
  { held, counted }: Accounts,
): Promise<Response> {
  const { methodKind } = handler.method;
  const takesOne = methodKind === "unary" || methodKind === "server_streaming";
  const callerMs = timeoutOf((name) => request.headers.get(name));
  const timeoutMs = Math.min(callerMs ?? limits.timeoutMs, limits.timeoutMs);
  const body = takesOne
    ? new MessageBody(request, { ...limits, timeoutMs }, held.message)
    : new StreamBody(request, limits.clock, held.message);
  const client = new AbortController();
  if (methodKind !== "unary") {
    if (request.signal.aborted) disconnect(client);
    else request.signal.addEventListener("abort", () => disconnect(client), { once: true });
  }
  const call = {
    // Unknown. Over HTTP/1.1, a bidirectional stream is answered when the request has ended.
    httpVersion: "",
    method: request.method,
    url: URL.canParse(request.url) ? request.url : `${NO_HOST}${pathOf(request.url)}`,
    header: shortened(request.headers, callerMs),
    body,
    signal: methodKind === "unary" ? request.signal : client.signal,
    contextValues: valuesWith(counted, limits.peer),
  };
  const response = await held.count(() => respond(handler, call));
  const { status, header: headers = new Headers() } = response;
  // Requests that are refused by their type have no id yet.
  if (status !== 200 && !headers.has(REQUEST_ID)) headers.set(REQUEST_ID, idOf(request));
  const wireStatus = new WireStatus(
    status,
    headers.get("content-type") ?? "",
    headers.get("grpc-status"),
  );
  const chunks = response.body ?? createAsyncIterable<Uint8Array>([]);
  const isReset = (): boolean => body instanceof MessageBody && body.isReset;
  const answer: Answer = { chunks, client, wireStatus, isReset, held, counted };
  if (body instanceof StreamBody) {
    return new Response(
      streamed(answer, () => body.discard()),
      { status, headers },
    );
  }
  // The rest of a body would be taken for the next request.
  if (!(await body.discard())) headers.set("connection", "close");
  if (methodKind !== "unary") return new Response(streamed(answer), { status, headers });
  const content = await collected(answer);
  held.close();
  counted.end(request.signal.aborted || isReset() ? undefined : wireStatus.status);
  return new Response(status === 304 ? null : content, { status, headers });
}

async function respond(
  handler: UniversalHandler,
  request: UniversalServerRequest,
): Promise<UniversalServerResponse> {
  // A service that is mounted with its own options accepts gRPC, but its answer has no status.
  const isGrpc = /^application\/grpc(?:[+;]|$)/i.test(request.header.get("content-type") ?? "");
  const response = isGrpc ? uResponseUnsupportedMediaType : await handler(request);
  if (response.status !== 415 || response.body !== undefined) return response;
  const types = handler.method.methodKind === "unary" ? TYPES : STREAM_TYPES;
  return { ...response, header: new Headers({ "accept-post": types }) };
}
