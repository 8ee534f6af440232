/**
 * NodeRequest: a request of `node:http` that is not large, answered without a `Request` and a
 * `Response`, which would take Node longer to make than all the rest. Others go through
 * @hono/node-server.
 * @module
 */

import { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { plainAddress } from "../access/address.ts";
import { joinBytes } from "../bytes.ts";
import type { Clock } from "../clock.ts";
import type { ApiHandler, ApiHandlers } from "../http/apis.ts";
import { AT_ONCE_BYTES, discardBody } from "../http/body.ts";
import { SMALL_BYTES } from "../http/body-buffer.ts";
import type { ReceivedRequest } from "../http/received-request.ts";
import type { Reply } from "../http/reply.ts";
import { httpLog as log } from "../log.ts";
import { NO_HOST } from "./listener.ts";

/**
 * Returns the function that answers a request as it is: one with a body of a known length that is
 * not large, to an API without middleware.
 *
 * @param apis the handlers by their paths
 */
export function directHandler(
  { method, url = "", headers }: IncomingMessage,
  apis: ApiHandlers | undefined,
): ApiHandler["answer"] {
  if (method !== "POST" || apis === undefined) return undefined;
  const length = Number(headers["content-length"] ?? 0);
  if (!(length > 0 && length <= AT_ONCE_BYTES)) return undefined;
  const query = url.indexOf("?");
  return apis.get(query === -1 ? url : url.slice(0, query))?.answer;
}

/** Answers a request by the function that `directHandler()` has returned for it. */
export async function answerDirectly(
  answer: NonNullable<ApiHandler["answer"]>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  try {
    send(await answer(new NodeRequest(incoming, outgoing)), outgoing);
  } catch (error) {
    log.error("An answer could not be sent: {error}", { error });
    outgoing.destroy();
  }
}

/** A request with a body of a known length. */
class NodeRequest implements ReceivedRequest {
  readonly method = "POST";
  readonly isLengthChecked = true;
  readonly hasBody = true;
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  #headers: Headers | undefined;
  /** The body as a stream, once it is read so. */
  #body: ReadableStream<Uint8Array> | undefined;
  /** The body, once it is read at once. */
  #chunks: Uint8Array[] | undefined;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  get peer(): string | undefined {
    return plainAddress(this.#incoming.socket.remoteAddress);
  }

  get url(): string {
    const { socket, headers, url = "" } = this.#incoming;
    const scheme = "encrypted" in socket && socket.encrypted === true ? "https" : "http";
    return `${scheme}://${headers.host || NO_HOST}${url}`;
  }

  get headers(): Headers {
    this.#headers ??= headersOf(this.#incoming.rawHeaders);
    return this.#headers;
  }

  header(name: string): string | null {
    const value = this.#incoming.headers[name];
    return value === undefined ? null : String(value);
  }

  get body(): ReadableStream<Uint8Array> {
    this.#body ??= Readable.toWeb(this.#incoming) as unknown as ReadableStream<Uint8Array>;
    return this.#body;
  }

  bytes(alignedAt = 0): Promise<Uint8Array> {
    const incoming = this.#incoming;
    const chunks: Uint8Array[] = [];
    this.#chunks = chunks;
    return new Promise((resolve, reject) => {
      incoming.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      // A copy in any case: a chunk is a view of a buffer that the parser also uses otherwise.
      incoming.on("end", () => resolve(joinBytes(chunks, alignedAt)));
      incoming.on("error", reject);
      incoming.on("close", () => {
        if (!incoming.readableEnded) reject(new Error("The connection was closed"));
      });
    });
  }

  async discard(clock: Clock): Promise<boolean> {
    const incoming = this.#incoming;
    // `node:http` reads the rest of a small body itself after the answer.
    if (incoming.readableEnded || Number(incoming.headers["content-length"]) <= SMALL_BYTES) {
      return true;
    }
    if (this.#chunks === undefined) return await discardBody(this.body, clock);
    incoming.removeAllListeners("data"); // its request was aborted before the body had arrived
    this.#chunks.length = 0;
    return false;
  }

  isDisconnect(): boolean {
    return this.#incoming.destroyed;
  }

  onDisconnect(listener: () => void): () => void {
    const outgoing = this.#outgoing;
    if (outgoing.destroyed || this.#incoming.socket.destroyed) {
      listener();
      return () => {};
    }
    outgoing.once("close", listener);
    return () => void outgoing.off("close", listener);
  }
}

function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let at = 0; at + 1 < raw.length; at += 2) headers.append(raw[at] ?? "", raw[at + 1] ?? "");
  return headers;
}

function send({ status, body, pairs }: Reply, outgoing: ServerResponse): void {
  if (outgoing.destroyed) return;
  const head = pairs.flat();
  if (body === null || body instanceof ReadableStream) {
    outgoing.writeHead(status, head);
    if (body === null) outgoing.end();
    else void pump(body, outgoing);
    return;
  }
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  head.push("content-length", String(length));
  outgoing.writeHead(status, head);
  // ASCII, which is sent as it is.
  if (typeof body === "string" && length === body.length) outgoing.end(body, "latin1");
  else outgoing.end(body);
}

/** Sends a stream, item by item as they are taken. A failure ends its connection. */
async function pump(body: ReadableStream<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  const reader = body.getReader();
  let onDrain = (): void => {};
  outgoing.on("drain", () => onDrain());
  outgoing.once("close", () => {
    reader.cancel().catch(() => {});
    onDrain();
  });
  try {
    outgoing.flushHeaders();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (outgoing.write(value)) continue;
      await new Promise<void>((resolve) => {
        onDrain = resolve;
        if (outgoing.destroyed) resolve();
      });
    }
    outgoing.end();
  } catch {
    outgoing.destroy();
  }
}
