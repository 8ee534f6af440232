/**
 * RpcCall: one call over Connect, gRPC-Web or gRPC as an Invocation: reads its facts, and sends its
 * headers, its trailers and its error.
 * @module
 */

import { Code, ConnectError, createContextKey, type HandlerContext } from "@connectrpc/connect";
import { codeToHttpStatus } from "@connectrpc/connect/protocol-connect";
import { ServiceError } from "../error.ts";
import type { CacheReports } from "../invocation/answered-by.ts";
import { setCacheHeaders } from "../invocation/cache-headers.ts";
import { codeOfStatus } from "../invocation/code-of-status.ts";
import { EXPLAIN } from "../invocation/explain.ts";
import { Invocation } from "../invocation/invocation.ts";
import { onAbort, type RequestFacts } from "../invocation/request-facts.ts";
import { REQUEST_ID } from "../invocation/request-id.ts";
import type { CountedRequest } from "../service/request-metrics.ts";
import { factsOf, headerOf, type KnownContext } from "./call-facts.ts";
import { countedOf, peerOf } from "./counted.ts";
import { withoutMessage } from "./get-query.ts";
import { copyMetadata, copyToError, copyValid } from "./metadata.ts";
import { identify } from "./request-id.ts";
import { toConnectError, withRequestId } from "./rpc-error.ts";
import type { RpcServer } from "./rpc-server.ts";

/** The key of the call of a context whose message is still to be received: see `gateOf()`. */
export const OPENED: ReturnType<typeof createContextKey<RpcCall | undefined>> = createContextKey<
  RpcCall | undefined
>(undefined, { description: "opened call" });

/** Returns the call that the gate has opened for a context; undefined if there is none. */
export function openedOf(handler: KnownContext): RpcCall | undefined {
  const facts = factsOf(handler);
  return facts === undefined ? handler.values.get(OPENED) : facts.opened;
}

/** Keeps the call that the gate has opened for a context, or forgets it. */
export function setOpened(handler: KnownContext, call: RpcCall | undefined): void {
  const facts = factsOf(handler);
  if (facts === undefined) handler.values.set(OPENED, call);
  else facts.opened = call;
}

/** One call. Disposing of it records its status, even if its caller has disconnected. */
export class RpcCall implements Disposable {
  readonly invocation: Invocation;
  readonly #server: RpcServer;
  #handler: HandlerContext;
  readonly #facts: RpcFacts;
  /** Counts the call if its server does not: another server may use our routes. */
  readonly #ownCount: CountedRequest | undefined;
  /** True once the headers of a stream have been sent. */
  #hasBegun = false;

  /**
   * @param endpoint the name of the call in metrics and logs
   * @param timeoutMs the time that the server allows the call; its caller may allow less
   */
  constructor(server: RpcServer, handler: HandlerContext, endpoint: string, timeoutMs: number) {
    this.#server = server;
    this.#handler = handler;
    let counted = countedOf(handler);
    if (counted === undefined) {
      counted = server.requests.begin(endpoint, {
        method: handler.requestMethod,
        url: handler.url,
        header: (name) => headerOf(handler, name),
      });
      this.#ownCount = counted;
    }
    counted.handledAs(endpoint);
    this.#facts = new RpcFacts(handler, endpoint, timeoutMs, counted);
    this.invocation = new Invocation(server, this.#facts);
  }

  /** Returns the call that an implementation is invoked for: the opened one, or else a new one. */
  static of(
    server: RpcServer,
    handler: HandlerContext,
    endpoint: string,
    timeoutMs: number,
  ): RpcCall {
    const opens = server.guards.length > 0 || server.access !== undefined;
    const opened = opens ? openedOf(handler) : undefined;
    if (opened === undefined) return new RpcCall(server, handler, endpoint, timeoutMs);
    setOpened(handler, undefined);
    opened.moveTo(handler);
    opened.#facts.name(endpoint);
    return opened;
  }

  /** Continues the call with another context of it. */
  moveTo(handler: HandlerContext): void {
    const { requestId } = this.#facts;
    if (factsOf(handler) === undefined) handler.responseHeader.set(REQUEST_ID, requestId);
    this.#handler = handler;
    this.#facts.moveTo(handler);
  }

  /**
   * Sends the headers that the handler has set, before the first message.
   *
   * @param cacheOf the caches whose reports say how long others may keep the answer
   * @throws ServiceError if the handler has set an error status; all statuses of success are the
   *   same here
   * @throws TypeError for a header that metadata cannot have
   */
  sendHeaders(cacheOf?: keyof CacheReports): void {
    const { status, madeHeaders } = this.invocation.context.response;
    if (status >= 400) {
      throw new ServiceError(codeOfStatus(status), `The API answered with the status ${status}`);
    }
    if (madeHeaders !== undefined) copyMetadata(madeHeaders, this.#handler.responseHeader);
    this.#hasBegun = this.#handler.method.methodKind !== "unary";
    if (this.#handler.requestMethod === "GET" && cacheOf !== undefined) this.#sayKept(cacheOf);
  }

  /** Says in headers who may keep the answer of a call by GET. */
  #sayKept(cacheOf: keyof CacheReports): void {
    const report = this.invocation.context.answeredBy.cached[cacheOf];
    if (report === undefined) return;
    const { use, interceptors } = this.#server.service;
    const isGuarded = use.length > 0 || interceptors.length > 0;
    const header = (name: string): string | undefined => this.#facts.header(name);
    setCacheHeaders(this.#handler.responseHeader, { report, header, isGuarded });
  }

  /** Ends an answered call: sends the trailers that the handler has set. */
  succeed(): void {
    const { madeTrailers } = this.invocation.context.response;
    if (madeTrailers !== undefined) copyMetadata(madeTrailers, this.#handler.responseTrailer);
    this.invocation.endWith(200);
  }

  /** Ends a call whose error Connect has made, or has sent already. */
  endWith(thrown: unknown): void {
    if (thrown instanceof ConnectError) this.invocation.endWith(codeToHttpStatus(thrown.code));
    else this.invocation.fail(thrown);
  }

  /** Returns the error to send, with the headers and trailers that the handler has set. */
  fail(thrown: unknown): ConnectError {
    const error = this.#errorOf(thrown);
    const { context, explanation } = this.invocation;
    const { madeHeaders, madeTrailers } = context.response;
    if (madeHeaders !== undefined) {
      const { protocolName: protocol, responseHeader: header } = this.#handler;
      copyToError(madeHeaders, { protocol, header, trailer: error.metadata });
    }
    if (madeTrailers !== undefined) copyValid(madeTrailers, this.#handler.responseTrailer);
    if (explanation !== undefined) error.metadata.set(EXPLAIN, explanation);
    return error;
  }

  #errorOf(thrown: unknown): ConnectError {
    if (thrown instanceof ConnectError) {
      this.endWith(thrown);
      return withRequestId(thrown, this.#handler, this.#hasBegun);
    }
    const error = this.invocation.fail(thrown);
    const { compatibility } = this.#server;
    return toConnectError(error, this.#handler, compatibility, this.#hasBegun);
  }

  [Symbol.dispose](): void {
    this.invocation[Symbol.dispose]();
    this.#ownCount?.end(this.invocation.status);
  }
}

/** The facts of a call, which are read from its handler's context on demand. */
class RpcFacts implements RequestFacts {
  readonly protocol: string;
  readonly requestId: string;
  readonly callerTimeoutMs: number | undefined;
  readonly timeoutMs: number;
  readonly counted: CountedRequest;
  #endpoint: string;
  #handler: HandlerContext;

  constructor(
    handler: HandlerContext,
    endpoint: string,
    timeoutMs: number,
    counted: CountedRequest,
  ) {
    this.#handler = handler;
    this.protocol = handler.protocolName;
    this.requestId = identify(handler);
    this.callerTimeoutMs = handler.timeoutMs();
    this.#endpoint = endpoint;
    this.timeoutMs = timeoutMs;
    this.counted = counted;
  }

  get endpoint(): string {
    return this.#endpoint;
  }

  /** Sets the endpoint once the message has been received. */
  name(endpoint: string): void {
    this.#endpoint = endpoint;
    this.counted.handledAs(endpoint);
  }

  moveTo(handler: HandlerContext): void {
    this.#handler = handler;
  }

  get url(): string {
    const { url, requestMethod } = this.#handler;
    return requestMethod === "GET" ? withoutMessage(url) : url;
  }

  get method(): string {
    return this.#handler.requestMethod;
  }

  get headers(): Headers {
    return this.#handler.requestHeader;
  }

  get peer(): string | undefined {
    return peerOf(this.#handler);
  }

  header(name: string): string | undefined {
    return headerOf(this.#handler, name);
  }

  statusOf(thrown: unknown): number | undefined {
    return thrown instanceof ConnectError ? codeToHttpStatus(thrown.code) : undefined;
  }

  /**
   * A protocol's signal is also aborted at the deadline, which the timer of the context reports in
   * its own words, and by errors of Connect's own, such as that of a malformed message.
   */
  onDisconnect(listener: () => void): () => void {
    const facts = factsOf(this.#handler);
    if (facts !== undefined) return facts.onDisconnect(listener);
    const { signal } = this.#handler;
    return onAbort(signal)(() => {
      const { reason } = signal;
      if (!(reason instanceof ConnectError) || reason.code === Code.Canceled) listener();
    });
  }
}
