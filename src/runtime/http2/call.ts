/**
 * Call: one HTTP/2 request and the way to answer it.
 * @module
 */

import {
  constants,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type OutgoingHttpHeaders,
} from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import type { ByteBudget, Share } from "../../byte-budget.ts";
import { overloaded } from "../../rpc/retry.ts";
import { shortened, timeoutOf } from "../../rpc/timeout.ts";
import { WireStatus } from "../../rpc/wire-status.ts";
import type { CountedRequest } from "../../service/request-metrics.ts";
import type { Http2Limits } from "./limits.ts";
import { hostOf, metadataOf } from "./metadata.ts";
import { RequestBody } from "./request-body.ts";

/** How long a client that has its answer may go on sending, in milliseconds. */
const LINGER_MS = 1000;

/** How long a call whose time is over may take to say so, in milliseconds. */
const LAST_WORDS_MS = 1000;

/** Why the signal of a call that went well is aborted. An error made each time would be dear. */
const OVER = new ConnectError("the call is over", Code.Canceled);

const NOT_TAKEN = new ConnectError("the answer was not taken in time", Code.DeadlineExceeded);

/** What the calls of a server share. */
export interface CallTerms {
  readonly limits: Http2Limits;
  readonly budget: ByteBudget;
  /** Told when a call is over, its connection's part of it too. */
  readonly onClose: () => void;
}

/** One request, until its answer is complete, its caller has left, or its time is over. */
export class Call {
  readonly body: RequestBody;
  /** How long the caller will wait, in milliseconds, counted from the start. */
  readonly timeoutMs: number | undefined;
  readonly counted: CountedRequest;
  /** The status that has been sent. */
  #wireStatus: WireStatus | undefined;
  readonly #startedAtMs = Date.now();
  readonly #request: Http2ServerRequest;
  readonly #response: Http2ServerResponse;
  readonly #limits: Http2Limits;
  readonly #budget: ByteBudget;
  /** What is held of the answer. */
  readonly #unsent: Share;
  #inflated: Share | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #bodyDeadline: NodeJS.Timeout | undefined;
  /** Until when the client has to take what has been sent. */
  #patience: NodeJS.Timeout | undefined;
  #linger: NodeJS.Timeout | undefined;
  #metadata: Headers | undefined;
  #abort: AbortController | undefined;
  /** Why the handler is to stop. */
  #stopped: ConnectError | undefined;
  #onDisconnect: (() => void) | undefined;
  /** Why nothing is to be sent any more. */
  #ended: ConnectError | undefined;
  #gone = false;
  #blocked: PromiseWithResolvers<void> | undefined;

  constructor(
    request: Http2ServerRequest,
    response: Http2ServerResponse,
    { limits, budget, onClose }: CallTerms,
    counted: CountedRequest,
  ) {
    this.counted = counted;
    this.#limits = limits;
    this.#request = request;
    this.#response = response;
    this.timeoutMs = timeoutOf((name) => this.header(name));
    this.body = new RequestBody(request, budget.open(overloaded));
    this.#budget = budget;
    this.#unsent = budget.open(overloaded);
    response.once("close", () => {
      this.#close();
      onClose();
    });
    if (this.timeoutMs === undefined) return;
    this.#deadline = setTimeout(() => this.#expire(), this.timeoutMs);
  }

  /** Aborted with a ConnectError when the call is over, for whatever reason. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#stopped !== undefined) this.#abort.abort(this.#stopped);
    }
    return this.#abort.signal;
  }

  /** Tells once when the caller has left; what it returns stops that. One listener at a time. */
  onDisconnect(listener: () => void): () => void {
    this.#onDisconnect = listener;
    if (this.#stopped?.code === Code.Canceled) listener();
    return () => {
      this.#onDisconnect = undefined;
    };
  }

  /** Counts the bytes of a message after decompression. */
  get inflated(): Share {
    this.#inflated ??= this.#budget.open(overloaded);
    return this.#inflated;
  }

  get method(): string {
    return this.#request.method;
  }

  /** With a host that a URL can have, whatever the client claims. */
  get url(): string {
    const { scheme, authority, url } = this.#request;
    return `${scheme === "https" ? scheme : "http"}://${hostOf(authority)}${url}`;
  }

  /** What the client sent along, without HTTP/2's own fields. @throws TypeError if it is none */
  get metadata(): Headers {
    this.#metadata ??= shortened(metadataOf(this.#request.rawHeaders), this.timeoutMs);
    return this.#metadata;
  }

  /** How long the caller will still wait, in milliseconds. */
  get remainingMs(): number | undefined {
    if (this.timeoutMs === undefined) return undefined;
    return this.#startedAtMs + this.timeoutMs - Date.now();
  }

  /** Whether the headers have been sent. */
  get begun(): boolean {
    return this.#response.headersSent;
  }

  /** Whether nothing can be sent any more. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Whether bytes pile up: what is sent now comes after them, and that may be never. */
  get stuck(): boolean {
    return this.#blocked !== undefined;
  }

  /** The value of a header as it came; undefined if there was none, or several. */
  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return typeof value === "string" ? value : undefined;
  }

  /** Has the reading of the body fail when it is not complete in time. */
  limitBody(): void {
    const { requestTimeoutMs } = this.#limits;
    if (this.timeoutMs !== undefined && this.timeoutMs <= requestTimeoutMs) return;
    this.#bodyDeadline = setTimeout(() => {
      if (this.body.complete) return;
      this.body.fail(timedOut(`the request did not arrive within ${requestTimeoutMs} ms`));
    }, requestTimeoutMs);
  }

  /** Sends the status and the headers, once. */
  begin(status: number, header: OutgoingHttpHeaders = {}): void {
    if (this.#gone || this.begun) return;
    this.#wireStatus = new WireStatus(status, `${header["content-type"] ?? ""}`);
    this.#response.writeHead(status, header);
  }

  /**
   * Sends bytes. Where they pile up, a promise, done when they do not any more.
   *
   * @throws ConnectError at once or later when the caller has left or its time is over, at once
   *   when there is no room for them
   */
  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#ended !== undefined) throw this.#ended;
    this.#unsent.hold(bytes.length);
    this.#wireStatus?.body(bytes);
    if (this.#response.write(bytes)) return undefined;
    const blocked = Promise.withResolvers<void>();
    this.#blocked = blocked;
    this.#patience = setTimeout(() => this.#end(NOT_TAKEN), this.#limits.takeTimeoutMs);
    this.#response.once("drain", () => {
      clearTimeout(this.#patience);
      this.#blocked = undefined;
      this.#unsent.hold(0);
      blocked.resolve();
    });
    return blocked.promise;
  }

  /**
   * Sends the end, after some last bytes if there are any.
   *
   * @throws ConnectError when there are, and the caller has left, its time is over, or there is
   *   no room for them
   */
  end(trailer: OutgoingHttpHeaders = {}, bytes?: Uint8Array): void {
    if (bytes !== undefined && this.#ended !== undefined) throw this.#ended;
    if (this.#gone) return;
    if (bytes !== undefined) this.#unsent.hold(bytes.length);
    this.#wireStatus?.trailer(trailer["grpc-status"]);
    this.counted.end(this.#wireStatus?.status);
    this.#response.addTrailers(trailer);
    if (bytes === undefined) this.#response.end();
    else this.#response.end(bytes);
    this.#end(OVER);
    this.#patience = setTimeout(() => this.cut(), this.#limits.takeTimeoutMs);
    // What the client still sends is dropped. To tell it at once that it may stop would be to drop
    // the end of the answer, too.
    if (!this.body.complete) this.#linger = setTimeout(() => this.#hangUp(), LINGER_MS);
  }

  /** Ends the stream without an end of the answer. */
  cut(): void {
    if (!this.#gone) this.#response.stream.close(constants.NGHTTP2_CANCEL);
  }

  #hangUp(): void {
    const { stream } = this.#response;
    if (!this.#gone && stream.writableFinished) stream.close(constants.NGHTTP2_NO_ERROR);
  }

  #close(): void {
    this.#gone = true;
    this.body.release();
    this.#inflated?.close();
    this.#unsent.hold(0);
    if (this.#ended === undefined)
      this.#end(new ConnectError("the client has disconnected", Code.Canceled));
    clearTimeout(this.#patience);
    clearTimeout(this.#linger);
  }

  /** The time is over. The handler may still say so, unless what it sent before is not taken. */
  #expire(): void {
    const reason = timedOut("the operation timed out");
    if (this.stuck) return this.#end(reason);
    this.#deadline = setTimeout(() => this.#end(reason), LAST_WORDS_MS);
    this.#stop(reason);
  }

  #end(reason: ConnectError): void {
    clearTimeout(this.#deadline);
    clearTimeout(this.#bodyDeadline);
    clearTimeout(this.#patience);
    this.#blocked?.reject(reason);
    this.#ended ??= reason;
    this.#stop(reason);
  }

  /** The first reason is the one that counts. */
  #stop(reason: ConnectError): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = reason;
    this.#abort?.abort(reason);
    if (reason !== OVER && reason.code !== Code.DeadlineExceeded) this.#onDisconnect?.();
    if (!this.body.complete) this.body.fail(reason);
  }
}

function timedOut(message: string): ConnectError {
  return new ConnectError(message, Code.DeadlineExceeded);
}
