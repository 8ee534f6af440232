/**
 * PlainConnection: answers plain requests on a socket by itself, in a third of the time that Bun's
 * `node:http` takes. The first request that is not plain goes with its socket to the server of
 * `node:http`, and so do all that follow.
 * @module
 */

import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { plainAddress } from "../../access/address.ts";
import { ServerEnv } from "../../http/server-env.ts";
import { httpLog as log } from "../../log.ts";
import { pathOf } from "../../rpc/path-of.ts";
import type { Fetch } from "../listener.ts";
import { answerByFetch, type Connected, isFetched } from "./plain-fetch.ts";
import { type PlainHead, plainHead } from "./plain-head.ts";
import { closesAfter, type PlainReply, sendPlain } from "./plain-reply.ts";
import { type Caller, PlainRequest } from "./plain-request.ts";

/** The most bytes of later requests that are held before the client has to wait. */
const MAX_HELD_BYTES = 64 * 1024;

/** The largest head, as of `node:http`. */
const MAX_HEAD_BYTES = 16 * 1024;

const HEAD_END = "\r\n\r\n";

/** The owner of a connection, which also follows those of `node:http`. */
export interface Owner {
  readonly fetch: Fetch;
  /** The time in which the body of a request to `fetch` must have arrived, in milliseconds. */
  readonly bodyTimeoutMs: number;
  /** Records the start of a request. Returns false if it came too late, and must not run. */
  begin(): boolean;
  /** Records the end of an answer. */
  end(): void;
  /** Closes the connection after its last answer. @param isRead false if a body is unfinished */
  close(isRead: boolean): void;
  /** Serves the connection from now on. */
  serve(socket: Socket): void;
}

/** Makes the answer to a request. */
type Answer = (request: PlainRequest) => Promise<PlainReply>;

/** One connection. */
export class PlainConnection implements Caller {
  readonly #socket: Socket;
  readonly #owner: Owner;
  /** The request under way, or the one whose body is skipped. */
  #request: PlainRequest | undefined;
  #isAnswered = false;
  #held: Buffer = Buffer.alloc(0);
  /** The latest head, which is that of most later requests, too, and its bytes. */
  #head: PlainHead | undefined;
  #headBytes: Buffer = Buffer.alloc(0);
  #isPaused = false;
  /** Its address: asking the socket for it takes long, and it forgets it when it closes. */
  #peer: { readonly address: string | undefined } | undefined;
  readonly #byFetch: Answer;

  constructor(socket: Socket, owner: Owner) {
    this.#socket = socket;
    this.#owner = owner;
    const connected: Connected = {
      env: new ServerEnv(true, () => this.peer),
      bodyTimeoutMs: owner.bodyTimeoutMs,
      destroy: () => void socket.destroy(),
    };
    this.#byFetch = (request) => answerByFetch(owner.fetch, request, connected);
    socket.on("data", this.#read).on("close", this.#onClose);
  }

  get peer(): string | undefined {
    this.#peer ??= { address: plainAddress(this.#socket.remoteAddress) };
    return this.#peer.address;
  }

  readonly #read = (chunk: Buffer): void => {
    const request = this.#request;
    const rest = request === undefined || request.missing === 0 ? chunk : request.take(chunk);
    if (rest.length > 0) {
      this.#held = this.#held.length === 0 ? rest : Buffer.concat([this.#held, rest]);
    }
    this.#proceed();
  };

  /** Goes on with what has been read, when the request before it is over. */
  #proceed(): void {
    const request = this.#request;
    if (request !== undefined) {
      if (!this.#isAnswered || request.missing > 0) {
        const isFull = this.#held.length > MAX_HELD_BYTES;
        if (isFull || request.waits(() => this.#resume())) this.#pause();
        return;
      }
      this.#request = undefined;
    }
    if (this.#held.length > 0) this.#next(this.#held);
  }

  #next(bytes: Buffer): void {
    const head = this.#headOf(bytes);
    const answer = head && this.#answerOf(head);
    if (answer === undefined || head === undefined) return this.#handOver(bytes);
    this.#held = Buffer.alloc(0);
    if (!this.#owner.begin()) return; // it came too late to be answered
    const request = new PlainRequest(head, this);
    this.#request = request;
    this.#isAnswered = false;
    this.#held = request.take(bytes.subarray(this.#headBytes.length));
    void this.#answer(request, answer);
  }

  #pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  /** Returns the head that these bytes begin with, if all of it is there, and it is plain. */
  #headOf(bytes: Buffer): PlainHead | undefined {
    const { length } = this.#headBytes;
    const isSame = length > 0 && bytes.length >= length && startsWith(bytes, this.#headBytes);
    if (isSame) return this.#head;
    const end = bytes.indexOf(HEAD_END);
    if (end === -1 || end > MAX_HEAD_BYTES) return undefined;
    this.#head = plainHead(bytes.toString("latin1", 0, end));
    this.#headBytes = Buffer.from(bytes.subarray(0, end + HEAD_END.length));
    return this.#head;
  }

  /** Returns what answers a request; undefined for the server of `node:http`. */
  #answerOf(head: PlainHead): Answer | undefined {
    const { apis } = this.#owner.fetch;
    const api = head.method === "POST" ? apis?.get(pathOf(head.target))?.answer : undefined;
    return api ?? (isFetched(head) ? this.#byFetch : undefined);
  }

  async #answer(request: PlainRequest, answer: Answer): Promise<void> {
    try {
      const reply = await answer(request);
      if (this.#socket.destroyed) return discard(reply);
      sendPlain(reply, this.#socket, () => this.#end(request, closesAfter(reply)));
    } catch (error) {
      log.error("An answer could not be sent: {error}", { error });
      this.#socket.destroy();
    }
  }

  #end(request: PlainRequest, closes: boolean): void {
    if (this.#request !== request || this.#isAnswered) return; // the connection has closed
    this.#isAnswered = true;
    request.skip();
    this.#owner.end();
    if (closes) return this.#owner.close(request.missing === 0);
    this.#resume();
    this.#proceed();
  }

  readonly #onClose = (): void => {
    const request = this.#request;
    this.#request = undefined;
    if (request === undefined) return;
    if (this.#isAnswered) return request.cutOff();
    this.#owner.end();
    request.disconnect();
  };

  /** Gives the connection away, with what has been read of the next request. */
  #handOver(bytes: Buffer): void {
    const socket = this.#socket;
    socket.off("data", this.#read).off("close", this.#onClose);
    // In the order that works on all runtimes, as in `Sniffer`.
    socket.pause();
    socket.unshift(bytes);
    setImmediate(() => {
      if (socket.destroyed) return;
      this.#owner.serve(socket);
      socket.resume();
    });
  }
}

/** Ends the answer to a client that has disconnected. */
function discard({ body }: PlainReply): void {
  if (body instanceof ReadableStream) body.cancel().catch(() => {});
}

function startsWith(bytes: Buffer, start: Buffer): boolean {
  return bytes.compare(start, 0, start.length, 0, start.length) === 0;
}
