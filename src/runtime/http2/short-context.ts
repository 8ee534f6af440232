/**
 * ShortContext: what a handler is given on the short path. It is what Connect's
 * `createHandlerContext()` gives, but each part is made when it is first asked for, and most
 * never are.
 * @module
 */

import type { OutgoingHttpHeaders } from "node:http2";
import type { DescMethod } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type ContextValues,
  createContextValues,
  type HandlerContext,
} from "@connectrpc/connect";
import { contentTypeProto, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import type { Call } from "./call.ts";
import { outgoing } from "./metadata.ts";

const HEADER = { "content-type": contentTypeProto };
const TRAILER = { "grpc-status": "0" };

/** The context of one call, and what is to be sent of it. */
export class ShortContext {
  /** What the handler gets. Its parts are its own properties, so that a copy has them too. */
  readonly context: HandlerContext;
  #header: Headers | undefined;
  #trailer: Headers | undefined;
  #values: ContextValues | undefined;

  constructor(method: DescMethod, call: Call) {
    const own = this;
    this.context = {
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
        own.#header ??= new Headers(HEADER);
        return own.#header;
      },
      get responseTrailer() {
        own.#trailer ??= new Headers(TRAILER);
        return own.#trailer;
      },
      get values() {
        own.#values ??= createContextValues();
        return own.#values;
      },
    };
  }

  /** Has the trailers tell of an error. Words that were not meant for callers are kept. */
  fail(error: unknown): void {
    const told = error instanceof ConnectError;
    const status = told ? error : new ConnectError("internal error", Code.Internal);
    setTrailerStatus(this.context.responseTrailer, status);
  }

  /** The headers to send. */
  get header(): OutgoingHttpHeaders {
    return this.#header === undefined ? HEADER : outgoing(this.#header);
  }

  /** The trailers to send. */
  get trailer(): OutgoingHttpHeaders {
    return this.#trailer === undefined ? TRAILER : outgoing(this.#trailer);
  }
}
