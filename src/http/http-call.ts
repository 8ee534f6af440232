/**
 * HttpCall: one request over HTTP to an endpoint: receives its body, makes the reply, and counts
 * it. In between, it takes the path of every protocol, in `Invocation`.
 * @module
 */

import type { ExecutionContext } from "hono";
import { sendsJsonText } from "../bentoml/compatibility.ts";
import type { ByteBudget, Share } from "../byte-budget.ts";
import type { ServiceError } from "../error.ts";
import { AnswerStream } from "../invocation/answer-stream.ts";
import { Invocation, type InvocationHost, type Steps } from "../invocation/invocation.ts";
import type { Middleware } from "../invocation/middleware.ts";
import type { IoHost, Payload } from "../io/io.ts";
import { release } from "../release.ts";
import type { Context } from "../service/context.ts";
import { sentBody } from "../service/request-listener.ts";
import type { RequestCounter } from "../service/request-metrics.ts";
import { answerParts } from "./answer.ts";
import { type BodyLimits, type Receive, readBody, receiveBody } from "./body.ts";
import { SMALL_BYTES } from "./body-buffer.ts";
import type { Decompress } from "./compression/compression.ts";
import { conditional } from "./conditional.ts";
import type { Endpoint } from "./endpoint.ts";
import { methodError } from "./error-response.ts";
import { finished } from "./finished.ts";
import { HttpFacts } from "./http-facts.ts";
import { typed } from "./late-type.ts";
import { type ReceivedRequest, WebRequest } from "./received-request.ts";
import { keptHeaders, Reply, type ReplyParts } from "./reply.ts";
import { SharedBody } from "./shared-body.ts";
import { isStreamed, markStreamed, streamParts } from "./stream.ts";

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

/** The parts that all requests of a server share. */
export interface HttpHost extends InvocationHost {
  readonly settings: RequestSettings;
  readonly requests: RequestCounter;
}

/** The parts of a request that only middleware use. */
export interface HostRequest {
  readonly request: Request;
  readonly env: unknown;
  readonly executionCtx: ExecutionContext | undefined;
}

const NOTHING: Uint8Array = new Uint8Array(0);

/** One request. */
export class HttpCall implements IoHost, Steps<unknown, unknown, Payload> {
  readonly #host: HttpHost;
  readonly #endpoint: Endpoint;
  readonly #received: ReceivedRequest;
  /** The request that is answered: a middleware may have replaced it. */
  #request: ReceivedRequest;
  /** Reads its body as it was sent. */
  #receive: Receive | undefined;
  #bytes: Uint8Array = NOTHING;
  readonly #facts: HttpFacts;
  readonly #invocation: Invocation;
  /** Counts the bytes of the body, compressed and decompressed. */
  readonly #share: Share;
  /** True once the body has been read to its end. */
  #isRead = false;
  /** True if the rest of the body is too long to be discarded. */
  #isCut = false;
  /** True if middleware may read the body, too. */
  #sharesBody = false;
  /** The body of an answer that is a stream, whose end is the end of the invocation. */
  #stream: ReadableStream | undefined;

  constructor(host: HttpHost, endpoint: Endpoint, request: ReceivedRequest) {
    const { settings, requests } = host;
    this.#host = host;
    this.#endpoint = endpoint;
    this.#received = request;
    this.#request = request;
    const counted = requests.begin(endpoint.path, request);
    this.#facts = new HttpFacts(request, endpoint, settings.timeoutMs, counted);
    this.#invocation = new Invocation(host, this.#facts);
    this.#share = settings.budget.open();
    // The handler may use the body, or views of it, until then.
    this.#invocation.context.onEnd(() => this.#share.close());
  }

  // The host of its descriptors. The signal is made when one of them asks for it.

  get pictures(): IoHost["pictures"] {
    return this.#host.settings.pictures;
  }

  get nonFinite(): IoHost["nonFinite"] {
    return this.#host.settings.nonFinite;
  }

  get hasJsonText(): boolean {
    return sendsJsonText(this.#request.header("user-agent"));
  }

  get ownsBody(): boolean {
    return !this.#sharesBody;
  }

  get signal(): AbortSignal {
    return this.#invocation.context.signal;
  }

  /**
   * Answers the request.
   *
   * @param send makes the answer in the form of the server
   * @param method its method, unless it is known to be the endpoint's
   */
  async answer<T>(send: (reply: Reply) => T, method?: string): Promise<T> {
    const { requestId, counted } = this.#facts;
    let reply: Reply;
    try {
      if (method !== undefined) this.#checkMethod(method);
      reply = new Reply(requestId, this.#partsOf(await this.#invocation.answer(this)));
      // A small one may be part of memory that others use, too.
      const isLarge = this.#bytes.length > SMALL_BYTES;
      if (isLarge && this.#endpoint.leavesBody === true) release(this.#bytes.buffer);
      this.#end(reply);
    } catch (thrown) {
      reply = new Reply(requestId, this.#failed(thrown));
      this.#invocation[Symbol.dispose]();
    }
    if (!this.#isRead) await this.#discard();
    if (this.#closes) reply.closes = true;
    // A stream ends its count itself.
    if (this.#stream === undefined) counted.end(reply.status, undefined, undefined, reply);
    return send(reply);
  }

  /** Answers behind middleware, whose response is sent as it is. */
  async answerBehind(middleware: Middleware, given: HostRequest): Promise<Response> {
    let response: Response;
    try {
      response = await typed(await this.#respond(middleware, given));
    } catch (thrown) {
      response = this.#rendered(thrown);
      this.#invocation[Symbol.dispose]();
      this.#stream?.cancel().catch(() => {});
    }
    if (!this.#isRead) await this.#discard();
    const { requestId, counted } = this.#facts;
    const finish = { request: given.request, requestId, closes: this.#closes };
    const answer = await finished(response, finish);
    if (!isStreamed(given.request)) {
      counted.end(answer.status, undefined, undefined, sentBody(answer));
    }
    return answer;
  }

  /** @throws the reason of the signal, when it is aborted before the middleware have ended */
  async #respond(middleware: Middleware, given: HostRequest): Promise<Response> {
    this.#sharesBody = true;
    const { request, env, executionCtx } = given;
    const received = this.#received;
    this.#invocation.enter(request.method);
    const sent = new SharedBody(request, this.signal, async () => {
      const bytes = await receiveBody(received, this.#limits);
      this.#isRead = true;
      return bytes;
    });
    const response = await middleware(this.#invocation, {
      request: sent.request,
      env,
      executionCtx,
      proceed: async (next) => {
        this.#checkMethod(next.method);
        // A middleware may have replaced the body, by one of any length.
        if (next === sent.request || next.bodyUsed) this.#receive = () => sent.bytes();
        this.#request = new WebRequest(next, undefined);
        const parts = this.#partsOf(await this.#invocation.answer(this));
        if (this.#stream !== undefined) markStreamed(request);
        return new Reply(this.#facts.requestId, parts).toResponse();
      },
      render: (thrown) => this.#rendered(thrown),
    });
    this.#end(response);
    return response;
  }

  /** @throws ServiceError `method_not_allowed` */
  #checkMethod(method: string): void {
    const { method: own, path } = this.#endpoint;
    if (method === own || own === "any" || (method === "HEAD" && own === "GET")) return;
    const allowed = own === "GET" ? "GET, HEAD" : own;
    this.#invocation.context.response.headers.set("allow", allowed);
    throw methodError(path, method, allowed);
  }

  // The steps of its invocation.

  receive(): Promise<Uint8Array> | Uint8Array {
    if (this.#endpoint.method !== "POST") return NOTHING;
    return readBody(this.#request, this.#limits, this.#receive);
  }

  decode(received: Uint8Array): unknown {
    if (this.#endpoint.method === "POST") {
      this.#bytes = received;
      this.#isRead = true;
    }
    return this.#endpoint.decode(this.#bytes, this.#request, this);
  }

  handle(input: unknown, context: Context): unknown {
    return this.#endpoint.handle(input, context);
  }

  encode(output: unknown, isItem: boolean): Payload | Promise<Payload> {
    return this.#endpoint.encode(output, isItem, this.#request, this);
  }

  #partsOf(answer: Payload | AnswerStream<Payload>): ReplyParts {
    if (!(answer instanceof AnswerStream)) {
      return this.#conditional(answerParts(this.#invocation.context.response, answer));
    }
    const parts = streamParts(this.#invocation, answer, this.#endpoint.itemType);
    if (parts.body instanceof ReadableStream) this.#stream = parts.body;
    return parts;
  }

  /** Adds the tag of an answer that a cache may keep. */
  #conditional(parts: ReplyParts): ReplyParts {
    const { cacheOf } = this.#endpoint;
    const { cached } = this.#invocation.context.answeredBy;
    const report = cacheOf === undefined ? undefined : cached[cacheOf];
    if (report === undefined) return parts;
    const isGuarded = this.#host.service.use.length > 0;
    const header = (name: string): string | null => this.#request.header(name);
    return conditional(parts, { report, header, isGuarded });
  }

  get #limits(): BodyLimits {
    const { maxBodyBytes: maxBytes, decompress } = this.#host.settings;
    const { context } = this.#invocation;
    const alignedAt = this.#endpoint.alignedAt?.(this.#request);
    return { maxBytes, share: this.#share, context, decompress, alignedAt };
  }

  /** Ends the invocation with an answer. A stream ends it itself, after its last item. */
  #end({ status, body }: Pick<Reply, "status" | "body">): void {
    const stream = this.#stream;
    // The middleware for compression has locked it.
    if (stream !== undefined && (stream === body || stream.locked)) return;
    this.#invocation.endWith(status);
    this.#invocation[Symbol.dispose]();
    stream?.cancel().catch(() => {}); // a middleware has replaced the stream
  }

  /** Discards the rest of a body that has not been read. */
  async #discard(): Promise<void> {
    const isDone = await this.#received.discard(this.#host.settings.clock);
    if (!isDone) this.#isCut = true;
  }

  /** True if no other request may follow on the connection, or should. */
  get #closes(): boolean {
    // During a stop, the next one should use another connection, which may lead elsewhere.
    return this.#isCut || this.#host.service.admission.stopping;
  }

  #failed(thrown: unknown): ReplyParts {
    const error: ServiceError = this.#invocation.fail(thrown);
    const headers = keptHeaders(this.#invocation);
    const parts = this.#endpoint.errorParts(error, this.#facts.requestId, headers);
    // A disconnect may be counted as a timeout.
    if (error.code !== "canceled") this.#invocation.endWith(parts.status);
    return parts;
  }

  #rendered(thrown: unknown): Response {
    return new Reply(this.#facts.requestId, this.#failed(thrown)).toResponse();
  }
}
