/**
 * The HTTP routes of a service's APIs: decode an input from a body, and encode an output as one. In
 * between, a request takes the path of every protocol, in `Invocation`.
 * @module
 */

import type { Hono, Context as HonoContext } from "hono";
import type { StatusCode } from "hono/utils/http-status";
import type { ByteBudget, Share } from "../byte-budget.ts";
import type { ServiceError } from "../error.ts";
import { AnswerStream } from "../invocation/answer-stream.ts";
import { AnswerTimes } from "../invocation/answer-times.ts";
import { Invocation, type InvocationHost } from "../invocation/invocation.ts";
import { type Middleware, middlewareOf } from "../invocation/middleware.ts";
import { decodeBody } from "../io/form/form.ts";
import type { IoHost, Payload } from "../io/io.ts";
import type { Route } from "../service/routes.ts";
import type { Service } from "../service/service.ts";
import { respond } from "./answer.ts";
import { BODY_READ, type BodyLimits, readBody, receiveBody } from "./body.ts";
import { checksLength } from "./checked-length.ts";
import type { Decompress } from "./decompress/decompress.ts";
import { answerError, keepHeaders, refuseMethod } from "./error-response.ts";
import { executionCtxOf } from "./execution-ctx.ts";
import { typed } from "./late-type.ts";
import { RestFacts } from "./rest-facts.ts";
import { SharedBody } from "./shared-body.ts";
import { respondStream } from "./stream.ts";

/** The bounds of every request, and the options of its descriptors. */
export interface RequestSettings extends IoHost, Pick<InvocationHost, "clock"> {
  /** The largest body, in bytes, before and after decompression. */
  readonly maxBodyBytes: number;
  /** The budget of the bytes that all requests together hold. */
  readonly budget: ByteBudget;
  readonly decompress: Decompress;
  /** The time that a request may take, from its head to its answer, in milliseconds. */
  readonly timeoutMs: number;
}

/** Adds `POST <route>` for every API of the service; other methods there answer 405. */
export function apiRoutes(hono: Hono, service: Service, settings: RequestSettings): void {
  const { clock } = settings;
  const host: InvocationHost = { service, guards: [], clock, answerTimes: new AnswerTimes(clock) };
  const middleware = middlewareOf(service.use);
  const refuse = refuseMethod("POST");
  for (const route of service.routes) {
    if (middleware === undefined) {
      hono.post(route.path, (c) => new RestCall(c, host, route, settings).answer());
      hono.all(route.path, refuse);
    } else {
      // For all methods: browsers send OPTIONS before a request from another origin (CORS).
      hono.all(route.path, (c) => new RestCall(c, host, route, settings).answerBehind(middleware));
    }
  }
}

/** One request to the route of an API. */
class RestCall {
  readonly #c: HonoContext;
  readonly #service: Service;
  readonly #route: Route;
  readonly #settings: RequestSettings;
  readonly #invocation: Invocation;
  /** Counts the bytes of the body, compressed and decompressed. */
  readonly #share: Share;
  /** The body of an answer that is a stream, whose end is the end of the invocation. */
  #stream: ReadableStream | undefined;

  constructor(c: HonoContext, host: InvocationHost, route: Route, settings: RequestSettings) {
    this.#c = c;
    this.#service = host.service;
    this.#route = route;
    this.#settings = settings;
    this.#invocation = new Invocation(host, new RestFacts(c, route.name, settings.timeoutMs));
    this.#share = settings.budget.open();
    // The handler may use the body, or views of it, until then.
    this.#invocation.context.onEnd(() => this.#share.close());
  }

  /** Answers the request. @throws ServiceError for every failure */
  async answer(): Promise<Response> {
    try {
      const request = this.#c.req.raw;
      const response = await this.#answer(request, () =>
        readBody(request, this.#limitsOf(request)),
      );
      this.#end(response);
      return response;
    } catch (thrown) {
      const error = this.#fail(thrown);
      this.#invocation[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Answers behind middleware, whose response is sent as it is.
   *
   * @throws ServiceError the signal's reason, when it is aborted before the middleware have ended
   */
  async answerBehind(middleware: Middleware): Promise<Response> {
    const c = this.#c;
    const { context } = this.#invocation;
    const sent = new SharedBody(c.req.raw, context.signal, async () => {
      const bytes = await receiveBody(c.req.raw, this.#limitsOf(c.req.raw));
      c.set(BODY_READ, true);
      return bytes;
    });
    try {
      const response = await middleware(this.#invocation, {
        request: sent.request,
        env: c.env,
        executionCtx: executionCtxOf(c),
        proceed: async (request) => {
          if (request.method !== "POST") return refuseMethod("POST")(c);
          // A middleware may have replaced the body.
          const isSent = request === sent.request || request.bodyUsed;
          const receive = isSent ? () => sent.bytes() : undefined;
          const limits = this.#limitsOf(request);
          return await this.#answer(request, () => readBody(request, limits, receive));
        },
        render: (thrown) => answerError(c, this.#fail(thrown)),
      });
      this.#end(response);
      const { body, status, headers } = await typed(response);
      return c.newResponse(body, { status: status as StatusCode, headers });
    } catch (thrown) {
      const error = this.#fail(thrown);
      this.#invocation[Symbol.dispose]();
      this.#stream?.cancel().catch(() => {});
      throw error;
    }
  }

  /** Decodes, runs the handler, and encodes. */
  async #answer(request: Request, readBody: () => Promise<Uint8Array>): Promise<Response> {
    const c = this.#c;
    const { name, api } = this.#route;
    const { context } = this.#invocation;
    const { headers } = request;
    const ioOptions = { ...this.#settings, signal: context.signal };
    const accept = headers.get("accept") ?? undefined;
    const answer = await this.#invocation.answer({
      async decode() {
        const bytes = await readBody();
        c.set(BODY_READ, true);
        const type = headers.get("content-type") ?? undefined;
        return await decodeBody(api.input, { bytes, type, headers }, ioOptions);
      },
      handle: (input) => this.#service.answer(name, input, context),
      encode: (output, isItem): Payload | Promise<Payload> =>
        api.output.encode(output, ioOptions, isItem ? undefined : accept),
    });
    if (!(answer instanceof AnswerStream)) return respond(c, context.response, answer);
    const response = respondStream(c, this.#invocation, answer);
    this.#stream = response.body ?? undefined;
    return response;
  }

  #limitsOf(request: Request): BodyLimits {
    const { maxBodyBytes: maxBytes, decompress } = this.#settings;
    const { signal } = this.#invocation.context;
    // A request that a middleware has made may have a body of any length.
    const isLengthChecked = request === this.#c.req.raw && checksLength(this.#c.env);
    return { maxBytes, share: this.#share, signal, decompress, isLengthChecked };
  }

  /** Ends the invocation with a response. A stream ends it itself, after its last item. */
  #end({ status, body }: Response): void {
    const stream = this.#stream;
    // The middleware for compression has locked it.
    if (stream !== undefined && (stream === body || stream.locked)) return;
    this.#invocation.endWith(status);
    this.#invocation[Symbol.dispose]();
    stream?.cancel().catch(() => {}); // a middleware has replaced the stream
  }

  /** Returns the error that is sent to the caller. */
  #fail(thrown: unknown): ServiceError {
    const error = this.#invocation.fail(thrown);
    keepHeaders(this.#c, this.#invocation);
    return error;
  }
}
