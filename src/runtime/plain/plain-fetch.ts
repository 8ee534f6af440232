/**
 * answerByFetch(): answers a plain request that is no call of an API by `fetch()`, such as one to
 * the page, to a mounted application, or over Connect.
 * @module
 */

import { holdRequest } from "../../hold-request.ts";
import { SMALL_BYTES } from "../../http/body-buffer.ts";
import { typedHeaders } from "../../http/late-type.ts";
import { peek } from "../../http/passed-body.ts";
import type { ReplyBody } from "../../http/reply.ts";
import type { ServerEnv } from "../../http/server-env.ts";
import { isStreamed } from "../../http/stream.ts";
import type { Fetch } from "../listener.ts";
import { hasDotSegments, withRawPath } from "../request-shape.ts";
import type { PlainHead } from "./plain-head.ts";
import type { PlainReply } from "./plain-reply.ts";
import type { PlainRequest } from "./plain-request.ts";

/** Headers that the sender of a body sets by itself. */
const FRAMING: ReadonlySet<string> = new Set(["content-length", "transfer-encoding"]);

/**
 * Returns true for a request that `fetch()` can answer here: its body is passed on as it arrives,
 * without waiting for its reader, and so it must be small.
 */
export function isFetched({ length }: PlainHead): boolean {
  return length <= SMALL_BYTES;
}

/** The connection of a request. */
export interface Connected {
  /** Tells the address of its client. */
  readonly env: ServerEnv;
  /** The time in which a body must have arrived, in milliseconds. */
  readonly bodyTimeoutMs: number;
  /** Closes the connection at once. */
  destroy(): void;
}

/** Answers a request. */
export async function answerByFetch(
  fetch: Fetch,
  plain: PlainRequest,
  connected: Connected,
): Promise<PlainReply> {
  const request = requestOf(plain, connected);
  const response = await fetch(request, connected.env);
  return await replyOf(response, request);
}

function requestOf(plain: PlainRequest, connected: Connected): Request {
  const { method, url, target, headers } = plain;
  const disconnect = new AbortController();
  plain.onDisconnect(() => disconnect.abort());
  const { signal } = disconnect;
  const init = { method, headers, signal, body: bodyOf(plain, connected), duplex: "half" };
  const made = holdRequest(signal, new Request(url, init));
  return hasDotSegments(target) ? withRawPath(made, target) : made;
}

function bodyOf(
  plain: PlainRequest,
  { bodyTimeoutMs, destroy }: Connected,
): Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null {
  if (!plain.hasBody) return null;
  if (plain.missing === 0) return plain.whole() as Uint8Array<ArrayBuffer>;
  return new ReadableStream({
    async start(controller) {
      const timer = setTimeout(destroy, bodyTimeoutMs);
      try {
        // A copy: their memory is used again.
        await plain.receive((chunk) => controller.enqueue(new Uint8Array(chunk)));
        controller.close();
      } catch (error) {
        controller.error(error);
      } finally {
        clearTimeout(timer);
      }
    },
  });
}

async function replyOf(response: Response, request: Request): Promise<PlainReply> {
  const { status, headers, body } = response;
  const declared = lengthIn(headers);
  if (request.method === "HEAD") {
    body?.cancel().catch(() => {});
    return new FetchedReply(status, headers, null, declared ?? "unknown");
  }
  if (body === null) return new FetchedReply(status, headers, body);
  // The first item of an endless one would wait for the second.
  if (isStreamed(request)) return new FetchedReply(status, headers, body, declared);
  const peeked = await peek(body, () => {});
  if ("stream" in peeked) return new FetchedReply(status, headers, peeked.stream, declared);
  return new FetchedReply(status, typedHeaders(peeked.bytes, headers), peeked.bytes);
}

/** Returns the length of a body by its header; undefined if it has none that can be read. */
function lengthIn(headers: Headers): number | undefined {
  const text = headers.get("content-length");
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** A `Response` as a reply. */
class FetchedReply implements PlainReply {
  readonly closes = false;
  readonly status: number;
  readonly body: ReplyBody;
  readonly declared: PlainReply["declared"];
  readonly #headers: Headers;

  constructor(
    status: number,
    headers: Headers,
    body: ReplyBody,
    declared?: PlainReply["declared"],
  ) {
    this.status = status;
    this.body = body;
    this.declared = declared;
    this.#headers = headers;
  }

  get pairs(): [string, string][] {
    return [...this.#headers].filter(([name]) => !FRAMING.has(name));
  }

  header(name: string): string | null {
    return this.#headers.get(name);
  }
}
