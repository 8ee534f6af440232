/**
 * ShortContext: the context of a handler on the short path. It equals the one of Connect's
 * `createHandlerContext()`, but each part is made at its first use, and most are never used.
 * @module
 */

import type { OutgoingHttpHeaders } from "node:http2";
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { Code, ConnectError, type ContextValues, createContextValues } from "@connectrpc/connect";
import { contentTypeProto, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { REQUEST_ID, requestIdOf } from "../../invocation/request-id.ts";
import type { CallFacts, KnownContext } from "../../rpc/call-facts.ts";
import { endUnhandled } from "../../rpc/gate.ts";
import { HANDLER } from "../../rpc/interceptors.ts";
import { copyValid } from "../../rpc/metadata.ts";
import { OPENED, type RpcCall } from "../../rpc/rpc-call.ts";
import type { CountedRequest } from "../../service/request-metrics.ts";
import type { Call } from "./call.ts";
import { outgoing } from "./metadata.ts";

const HEADER = { "content-type": contentTypeProto };
const TRAILER = { "grpc-status": "0" };

/** The context of one call, and the headers and trailers that it sends. */
export class ShortContext implements KnownContext, CallFacts {
  /** The context for the handler: this one, or for those of users one that can be copied. */
  readonly context: KnownContext;
  readonly method: DescMethod;
  readonly requestId: string;
  readonly isWire: boolean;
  opened: RpcCall | undefined;
  readonly #call: Call;
  #header: Headers | undefined;
  #trailer: Headers | undefined;
  #values: ContextValues | undefined;

  /** @param isWire true if a codec reads and writes its messages, for a handler of our own */
  constructor(method: DescMethod, call: Call, isWire = false) {
    this.method = method;
    this.requestId = requestIdOf(call.header(REQUEST_ID));
    this.isWire = isWire;
    this.#call = call;
    // Own accessors cost more than all the rest of a context.
    this.context = isWire ? this : copyable(this);
  }

  get facts(): CallFacts {
    return this;
  }

  get counted(): CountedRequest {
    return this.#call.counted;
  }

  get peer(): string | undefined {
    return this.#call.peer;
  }

  header(name: string): string | undefined {
    return this.#call.header(name);
  }

  onDisconnect(listener: () => void): () => void {
    return this.#call.onDisconnect(listener);
  }

  get service(): DescService {
    return this.method.parent;
  }

  get protocolName(): string {
    return "grpc";
  }

  get requestMethod(): string {
    return "POST";
  }

  get url(): string {
    return this.#call.url;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  timeoutMs(): number | undefined {
    return this.#call.remainingMs;
  }

  get requestHeader(): Headers {
    return this.#call.metadata;
  }

  get responseHeader(): Headers {
    this.#header ??= new Headers(this.#plainHeader);
    return this.#header;
  }

  get responseTrailer(): Headers {
    this.#trailer ??= new Headers(TRAILER);
    return this.#trailer;
  }

  get values(): ContextValues {
    this.#values ??= createContextValues().set(HANDLER, this.context);
    return this.#values;
  }

  /** The values, if they have been used, with the call that has been opened. */
  get madeValues(): ContextValues | undefined {
    if (this.opened !== undefined) this.values.set(OPENED, this.opened);
    return this.#values;
  }

  /**
   * Ends the middleware of a call that no implementation has taken: see `gateOf()`. Returns
   * undefined for any other call.
   *
   * @param error the error that the call ends with, if it does
   */
  endUnhandled(error?: unknown): Promise<void> | undefined {
    if (this.opened === undefined) return undefined;
    const { opened } = this;
    this.opened = undefined;
    return this.#endUnhandled(opened, error);
  }

  async #endUnhandled(opened: RpcCall, error: unknown): Promise<void> {
    const headers = (await endUnhandled(opened, error)) ?? new Headers();
    copyValid(headers, this.responseHeader);
    if (error !== undefined) copyValid(headers, this.responseTrailer);
  }

  /** Puts an error into the trailers; the message of one not meant for callers is masked. */
  fail(error: unknown): void {
    const isForCaller = error instanceof ConnectError;
    const status = isForCaller ? error : new ConnectError("internal error", Code.Internal);
    setTrailerStatus(this.responseTrailer, status);
  }

  /** The headers to send. */
  get sentHeader(): OutgoingHttpHeaders {
    return this.#header === undefined ? this.#plainHeader : outgoing(this.#header);
  }

  get #plainHeader(): Record<string, string> {
    return { ...HEADER, [REQUEST_ID]: this.requestId };
  }

  /** The trailers to send. */
  get sentTrailer(): OutgoingHttpHeaders {
    return this.#trailer === undefined ? TRAILER : outgoing(this.#trailer);
  }
}

/** Returns a context whose parts are own properties, so that a copy has them too. */
function copyable(short: ShortContext): KnownContext {
  return {
    facts: short,
    service: short.service,
    method: short.method,
    protocolName: short.protocolName,
    requestMethod: short.requestMethod,
    get url() {
      return short.url;
    },
    get signal() {
      return short.signal;
    },
    timeoutMs: () => short.timeoutMs(),
    get requestHeader() {
      return short.requestHeader;
    },
    get responseHeader() {
      return short.responseHeader;
    },
    get responseTrailer() {
      return short.responseTrailer;
    },
    get values() {
      return short.values;
    },
  };
}
