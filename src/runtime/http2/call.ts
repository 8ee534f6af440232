/**
 * Call: one HTTP/2 request and its answer.
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

/** The time that a client has to send the rest of a request after its answer, in milliseconds. */
const LINGER_MS = 1000;

/** The time that a call has after its deadline to send its status, in milliseconds. */
const EXPIRY_GRACE_MS = 1000;

/** The reason with which the signal of a completed call is aborted: one error for all calls. */
const COMPLETED = new ConnectError("the call has completed", Code.Canceled);

const NOT_READ = timedOut("the client did not read the answer in time");

/** The parts that all calls of a server share. */
export interface CallTerms {
  readonly limits: Http2Limits;
  readonly budget: ByteBudget;
  /** Called when a call has ended and its stream is closed. */
  readonly onClose: () => void;
}

/** One request, until its answer is complete, its caller disconnects, or its deadline passes. */
export class Call {
  readonly body: RequestBody;
  /** The timeout that the caller has set, in milliseconds from the start. */
  readonly timeoutMs: number | undefined;
  readonly counted: CountedRequest;
  /** The status that has been sent. */
  #wireStatus: WireStatus | undefined;
  readonly #startedAtMs = Date.now();
  readonly #request: Http2ServerRequest;
  readonly #response: Http2ServerResponse;
  readonly #limits: Http2Limits;
  readonly #budget: ByteBudget;
  /** The bytes of the answer that have not been sent yet. */
  readonly #unsent: Share;
  #inflated: Share | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #bodyDeadline: NodeJS.Timeout | undefined;
  /** Runs while bytes of the answer wait for the client to read. */
  #writeTimer: NodeJS.Timeout | undefined;
  #linger: NodeJS.Timeout | undefined;
  #metadata: Headers | undefined;
  #abort: AbortController | undefined;
  /** The reason with which the handler was stopped. */
  #stopped: ConnectError | undefined;
  #onDisconnect: (() => void) | undefined;
  /** The reason why nothing more can be sent. */
  #ended: ConnectError | undefined;
  #closed = false;
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

  /** Aborted with a ConnectError when the call has ended, for any reason. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#stopped !== undefined) this.#abort.abort(this.#stopped);
    }
    return this.#abort.signal;
  }

  /** Sets the listener that is called once when the caller disconnects; returns its removal. */
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

  /** The URL, with a placeholder for its host if the authority of the client is not valid. */
  get url(): string {
    const { scheme, authority, url } = this.#request;
    return `${scheme === "https" ? scheme : "http"}://${hostOf(authority)}${url}`;
  }

  /** The headers without the fields of HTTP/2 itself. @throws TypeError for invalid ones */
  get metadata(): Headers {
    this.#metadata ??= shortened(metadataOf(this.#request.rawHeaders), this.timeoutMs);
    return this.#metadata;
  }

  /** The time until the deadline of the caller, in milliseconds. */
  get remainingMs(): number | undefined {
    if (this.timeoutMs === undefined) return undefined;
    return this.#startedAtMs + this.timeoutMs - Date.now();
  }

  /** True once the headers have been sent. */
  get begun(): boolean {
    return this.#response.headersSent;
  }

  /** True once the stream is closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /** True while bytes wait for the client to read, which it may never do. */
  get blocked(): boolean {
    return this.#blocked !== undefined;
  }

  /** Returns the value of a header; undefined if it is missing or repeated. */
  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return typeof value === "string" ? value : undefined;
  }

  /** Limits the time that the body takes to arrive. After it, reading the body fails. */
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
    if (this.#closed || this.begun) return;
    this.#wireStatus = new WireStatus(status, `${header["content-type"] ?? ""}`);
    this.#response.writeHead(status, header);
  }

  /**
   * Sends bytes. If they must wait, returns a promise that resolves when they have been sent.
   *
   * @throws ConnectError when the caller has disconnected, its deadline has passed, or the budget
   *   of bytes is used up
   */
  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#ended !== undefined) throw this.#ended;
    this.#unsent.hold(bytes.length);
    this.#wireStatus?.body(bytes);
    if (this.#response.write(bytes)) return undefined;
    const blocked = Promise.withResolvers<void>();
    this.#blocked = blocked;
    this.#writeTimer = setTimeout(() => this.#end(NOT_READ), this.#limits.writeTimeoutMs);
    this.#response.once("drain", () => {
      clearTimeout(this.#writeTimer);
      this.#blocked = undefined;
      this.#unsent.hold(0);
      blocked.resolve();
    });
    return blocked.promise;
  }

  /**
   * Sends the last bytes, if any, and the end of the answer.
   *
   * @throws ConnectError for bytes that cannot be sent, as `write()`
   */
  end(trailer: OutgoingHttpHeaders = {}, bytes?: Uint8Array): void {
    if (bytes !== undefined && this.#ended !== undefined) throw this.#ended;
    if (this.#closed) return;
    if (bytes !== undefined) this.#unsent.hold(bytes.length);
    this.#wireStatus?.trailer(trailer["grpc-status"]);
    this.counted.end(this.#wireStatus?.status);
    this.#response.addTrailers(trailer);
    if (bytes === undefined) this.#response.end();
    else this.#response.end(bytes);
    this.#end(COMPLETED);
    this.#writeTimer = setTimeout(() => this.reset(), this.#limits.writeTimeoutMs);
    // The rest of the request is discarded. A reset now could discard the end of the answer, too.
    if (!this.body.complete) this.#linger = setTimeout(() => this.#hangUp(), LINGER_MS);
  }

  /** Resets the stream in the middle of the answer. */
  reset(): void {
    if (!this.#closed) this.#response.stream.close(constants.NGHTTP2_CANCEL);
  }

  #hangUp(): void {
    const { stream } = this.#response;
    if (!this.#closed && stream.writableFinished) stream.close(constants.NGHTTP2_NO_ERROR);
  }

  #close(): void {
    this.#closed = true;
    this.body.release();
    this.#inflated?.close();
    this.#unsent.hold(0);
    if (this.#ended === undefined)
      this.#end(new ConnectError("the client has disconnected", Code.Canceled));
    clearTimeout(this.#writeTimer);
    clearTimeout(this.#linger);
  }

  /** Ends the call at its deadline. The handler may still send its status if no bytes wait. */
  #expire(): void {
    const reason = timedOut("the operation timed out");
    if (this.blocked) return this.#end(reason);
    this.#deadline = setTimeout(() => this.#end(reason), EXPIRY_GRACE_MS);
    this.#stop(reason);
  }

  #end(reason: ConnectError): void {
    clearTimeout(this.#deadline);
    clearTimeout(this.#bodyDeadline);
    clearTimeout(this.#writeTimer);
    this.#blocked?.reject(reason);
    this.#ended ??= reason;
    this.#stop(reason);
  }

  /** Stops the handler. The first reason counts. */
  #stop(reason: ConnectError): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = reason;
    this.#abort?.abort(reason);
    if (reason !== COMPLETED && reason.code !== Code.DeadlineExceeded) this.#onDisconnect?.();
    if (!this.body.complete) this.body.fail(reason);
  }
}

function timedOut(message: string): ConnectError {
  return new ConnectError(message, Code.DeadlineExceeded);
}
