/**
 * Reply: the answer to a request to an API, before a server turns it into a response of its own
 * kind.
 * @module
 */

import type { Pairs } from "../access/cors.ts";
import { NO_SNIFFING, TYPE_OPTIONS } from "../access/safe-headers.ts";
import { httpStatus, type ServiceError } from "../error.ts";
import { EXPLAIN } from "../invocation/explain.ts";
import type { Invocation } from "../invocation/invocation.ts";
import { REQUEST_ID } from "../invocation/request-id.ts";
import { isProtocolName, isSendable } from "../invocation/response.ts";
import { EKIBEN_MODEL } from "../runner/used-model.ts";
import type { SentBody } from "../service/request-listener.ts";

/** The body of a reply: a stream ends the count of its request itself. */
export type ReplyBody = Uint8Array<ArrayBuffer> | string | ReadableStream<Uint8Array> | null;

/** The parts of a reply. */
export interface ReplyParts {
  readonly status: number;
  readonly body: ReplyBody;
  /** The content type, unless it is among the headers. */
  readonly type?: string | undefined;
  /** The header `Ekiben-Model`, unless it is among the headers. */
  readonly model?: string | undefined;
  /** All other headers. Most replies have none. */
  readonly headers?: Headers | undefined;
}

const NOT_SNIFFED: Pairs[number] = [TYPE_OPTIONS, NO_SNIFFING];

/** The answer to one request. */
export class Reply implements SentBody {
  readonly status: number;
  readonly body: ReplyBody;
  /** True if no other request may follow on the connection, or should. */
  closes = false;
  /** Headers about the access of web pages. */
  more: Pairs | undefined;
  readonly requestId: string;
  readonly #type: string | undefined;
  readonly #model: string | undefined;
  readonly #headers: Headers | undefined;

  constructor(requestId: string, { status, body, type, model, headers }: ReplyParts) {
    this.requestId = requestId;
    this.status = status;
    this.body = body;
    this.#type = type;
    this.#model = model;
    this.#headers = headers;
  }

  /** Its content type. */
  get type(): string | undefined {
    return this.#type ?? this.header("content-type") ?? undefined;
  }

  /** The length of its body, in bytes; undefined for a stream. */
  get length(): number | undefined {
    const { body } = this;
    if (body instanceof ReadableStream) return undefined;
    return typeof body === "string" ? new TextEncoder().encode(body).length : (body?.length ?? 0);
  }

  /** The names and values of its headers. */
  get pairs(): Pairs {
    const { closes, more, requestId } = this;
    const type = this.#type;
    const model = this.#model;
    const isPlain = this.#isPlain;
    const pairs: Pairs[number][] = isPlain ? [] : [...(this.#headers ?? []), ...(more ?? [])];
    if (type !== undefined) pairs.push(["content-type", type]);
    if (model !== undefined) pairs.push([EKIBEN_MODEL, model]);
    pairs.push([REQUEST_ID, requestId]);
    if (isPlain || this.header(TYPE_OPTIONS) === null) pairs.push(NOT_SNIFFED);
    if (closes) pairs.push(["connection", "close"]);
    return pairs;
  }

  /** True if it has no headers but those that most have. */
  get #isPlain(): boolean {
    return this.#headers === undefined && !this.closes && this.more === undefined;
  }

  /** Returns one of the headers that the handler has set, without making all. */
  header(name: string): string | null {
    return this.#headers?.get(name) ?? null;
  }

  /** Makes the response of a server of `fetch()`. */
  toResponse(): Response {
    const type = this.#type;
    const headers =
      this.#isPlain && type !== undefined
        ? plainHeaders(type, this.#model, this.requestId)
        : (this.pairs as [string, string][]);
    return new Response(this.body, { status: this.status, headers });
  }
}

let latestType: string | undefined;
let latestModel: string | undefined;
let latestHeaders = new Headers();

/**
 * Returns the headers of a response that has no others. `Response` copies them: on Bun, copying an
 * object of this kind takes half as long as one of names and values.
 */
function plainHeaders(type: string, model: string | undefined, requestId: string): Headers {
  if (type !== latestType || model !== latestModel) {
    latestHeaders = new Headers({ "content-type": type, [TYPE_OPTIONS]: NO_SNIFFING });
    if (model !== undefined) latestHeaders.set(EKIBEN_MODEL, model);
    latestType = type;
    latestModel = model;
  }
  latestHeaders.set(REQUEST_ID, requestId);
  return latestHeaders;
}

/** The JSON body of every error answer. */
export interface ErrorBody {
  readonly error: string;
  /** One of the closed set of codes, such as `invalid_argument`. */
  readonly code: string;
  readonly request_id: string;
}

/**
 * Returns the parts of an error's answer: its status, its JSON body, and `Retry-After` if it has
 * one.
 *
 * @param headers further headers
 */
export function errorParts(
  { code, message, retryAfterSeconds }: ServiceError,
  requestId: string,
  headers?: Headers,
): ReplyParts & { readonly body: string } {
  const body: ErrorBody = { error: message, code, request_id: requestId };
  const all = headers ?? (retryAfterSeconds === undefined ? undefined : new Headers());
  // Whole seconds (RFC 9110, section 10.2.3).
  if (retryAfterSeconds !== undefined)
    all?.set("retry-after", String(Math.ceil(retryAfterSeconds)));
  return {
    status: httpStatus(code),
    body: JSON.stringify(body),
    type: "application/json",
    headers: all,
  };
}

/**
 * Returns the headers and trailers that the handler of a failed request has set, and its
 * explanation; undefined for none. Headers about the body are left out, since the error has a body
 * of its own.
 */
export function keptHeaders({ context, explanation }: Invocation): Headers | undefined {
  const { madeHeaders, madeTrailers } = context.response;
  if ((madeHeaders ?? madeTrailers ?? explanation) === undefined) return undefined;
  const kept = new Headers();
  for (const [name, value] of [...(madeHeaders ?? []), ...(madeTrailers ?? [])]) {
    if (name.startsWith("content-") || isProtocolName(name) || !isSendable(value)) continue;
    if (name === "set-cookie") kept.append(name, value);
    else kept.set(name, value);
  }
  if (explanation !== undefined) kept.set(EXPLAIN, explanation);
  return kept;
}
