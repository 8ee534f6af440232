/**
 * Endpoint: what differs between the requests over HTTP: the value of a body, the handler, the body
 * of an answer, and the form of an error.
 * @module
 */

import type { ServiceError } from "../error.ts";
import type { IoHost, Payload } from "../io/io.ts";
import type { CacheReport } from "../runner/call-options.ts";
import type { Context } from "../service/context.ts";
import type { ReceivedRequest } from "./received-request.ts";
import type { ReplyParts } from "./reply.ts";

/** The method of an endpoint: `GET` includes `HEAD`; `any` is of one that reads no body. */
export type EndpointMethod = "GET" | "POST" | "any";

/** The receiver of the requests to one path. */
export interface Endpoint<In = unknown, Out = unknown> {
  /** The name of its kind of requests: what an answer costs differs between them. */
  readonly protocol: string;
  /** Its path in the metrics: one of a bounded number. */
  readonly path: string;
  /** Its name in logs, the name of an API for one. */
  readonly name: string;
  readonly method: EndpointMethod;
  /** Whose cache an answer may come from, if any. */
  readonly cacheOf?: CacheReport["of"];
  /** The media type of the items of a stream, unless one of them has its own. */
  readonly itemType?: string;
  /** True if nothing refers to the body any more when the answer is there. */
  readonly leavesBody?: true;
  /** Returns the position in a body at which the elements of a tensor begin. Default 0. */
  alignedAt?(request: ReceivedRequest): number;
  /** Makes the handler's input. @param bytes the body, decompressed */
  decode(bytes: Uint8Array, request: ReceivedRequest, host: IoHost): In | Promise<In>;
  /** Runs the handler. */
  handle(input: In, context: Context): Out | AsyncIterable<Out> | Promise<Out | AsyncIterable<Out>>;
  /**
   * Makes the body of a handler's output.
   *
   * @param isItem true for an item of a stream
   */
  encode(
    output: Out,
    isItem: boolean,
    request: ReceivedRequest,
    host: IoHost,
  ): Payload | Promise<Payload>;
  /**
   * Makes the answer of an error.
   *
   * @param headers further headers
   */
  errorParts(error: ServiceError, requestId: string, headers: Headers | undefined): ReplyParts;
}
