/**
 * ShortContext: the context of a handler on the short path. It equals the one of Connect's
 * `createHandlerContext()`, but each part is made at its first use, and most are never used.
 * @module
 */

import type { OutgoingHttpHeaders } from "node:http2";
import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError, type ContextValues, createContextValues } from "@connectrpc/connect";
import { contentTypeProto, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { REQUEST_ID, requestIdOf } from "../../invocation/request-id.ts";
import { FACTS, type KnownContext } from "../../rpc/call-facts.ts";
import { endUnhandled } from "../../rpc/gate.ts";
import { HANDLER } from "../../rpc/interceptors.ts";
import { copyValid } from "../../rpc/metadata.ts";
import { OPENED } from "../../rpc/rpc-call.ts";
import type { Call } from "./call.ts";
import { outgoing } from "./metadata.ts";

const HEADER = { "content-type": contentTypeProto };
const TRAILER = { "grpc-status": "0" };

/** The context of one call, and the headers and trailers that it sends. */
export class ShortContext {
  /** The context of the handler. Its parts are own properties, so that a copy has them too. */
  readonly context: KnownContext;
  readonly #requestId: string;
  #header: Headers | undefined;
  #trailer: Headers | undefined;
  #values: ContextValues | undefined;

  constructor(method: DescMethod, call: Call) {
    const own = this;
    const requestId = requestIdOf(call.header(REQUEST_ID));
    this.#requestId = requestId;
    this.context = {
      [FACTS]: {
        requestId,
        counted: call.counted,
        header: (name) => call.header(name),
        onDisconnect: (listener) => call.onDisconnect(listener),
      },
      service: method.parent,
      method,
      protocolName: "grpc",
      requestMethod: "POST",
      get url() {
        return call.url;
      },
      get signal() {
        return call.signal;
      },
      timeoutMs: () => call.remainingMs,
      get requestHeader() {
        return call.metadata;
      },
      get responseHeader() {
        own.#header ??= new Headers(own.#plainHeader);
        return own.#header;
      },
      get responseTrailer() {
        own.#trailer ??= new Headers(TRAILER);
        return own.#trailer;
      },
      get values() {
        own.#values ??= createContextValues().set(HANDLER, this);
        return own.#values;
      },
    };
  }

  /** The values, if they have been used. */
  get madeValues(): ContextValues | undefined {
    return this.#values;
  }

  /**
   * Ends the middleware of a call that no implementation has taken: see `gateOf()`. Returns
   * undefined for any other call.
   *
   * @param error the error that the call ends with, if it does
   */
  endUnhandled(error?: unknown): Promise<void> | undefined {
    if (this.#values?.get(OPENED) === undefined) return undefined;
    return this.#endUnhandled(this.#values, error);
  }

  async #endUnhandled(values: ContextValues, error: unknown): Promise<void> {
    const headers = (await endUnhandled(values, error)) ?? new Headers();
    copyValid(headers, this.context.responseHeader);
    if (error !== undefined) copyValid(headers, this.context.responseTrailer);
  }

  /** Puts an error into the trailers; the message of one not meant for callers is masked. */
  fail(error: unknown): void {
    const isForCaller = error instanceof ConnectError;
    const status = isForCaller ? error : new ConnectError("internal error", Code.Internal);
    setTrailerStatus(this.context.responseTrailer, status);
  }

  /** The headers to send. */
  get header(): OutgoingHttpHeaders {
    return this.#header === undefined ? this.#plainHeader : outgoing(this.#header);
  }

  get #plainHeader(): Record<string, string> {
    return { ...HEADER, [REQUEST_ID]: this.#requestId };
  }

  /** The trailers to send. */
  get trailer(): OutgoingHttpHeaders {
    return this.#trailer === undefined ? TRAILER : outgoing(this.#trailer);
  }
}
