/**
 * Call: one HTTP/2 request and its answer.
 * @module
 */

import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Cors } from "../../access/cors.ts";
import type { Share } from "../../byte-budget.ts";
import { overloaded } from "../../rpc/retry.ts";
import { shortened, timeoutOf } from "../../rpc/timeout.ts";
import { WireStatus } from "../../rpc/wire-status.ts";
import type { CountedRequest, RequestCounter } from "../../service/request-metrics.ts";
import type { CallTerms } from "./call-terms.ts";
import { hostOf, metadataOf } from "./metadata.ts";
import { RequestBody } from "./request-body.ts";

/** The time that a client has to send the rest of a request after its answer, in milliseconds. */
const LINGER_MS = 1000;

/** The time that a call has after its deadline to send its status, in milliseconds. */
const EXPIRY_GRACE_MS = 1000;

/** The reason with which the signal of a completed call is aborted: one error for all calls. */
const COMPLETED = new ConnectError("the call has completed", Code.Canceled);

const NOT_READ = timedOut("the client did not read the answer in time");

/** A request as `node:http2` receives it: its stream, and its headers in two forms. */
export interface Http2Request {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  /** Names and values, alternating. */
  readonly rawHeaders: readonly string[];
  /** The address of the client. */
  readonly peer: string | undefined;
}

/** One request, until its answer is complete, its caller disconnects, or its deadline passes. */
export class Call {
  readonly body: RequestBody;
  /** The timeout that the caller has set, in milliseconds from the start. */
  readonly timeoutMs: number | undefined;
  readonly counted: CountedRequest;
  readonly peer: string | undefined;
  readonly cors: Cors | undefined;
  /** Its id, if no handler is called for it. */
  requestId: string | undefined;
  /** The status that has been sent. */
  #wireStatus: WireStatus | undefined;
  readonly #startedAtMs = Date.now();
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #rawHeaders: readonly string[];
  readonly #terms: CallTerms;
  /** The bytes of the answer that have not been sent yet. */
  readonly #unsent: Share;
  #inflated: Share | undefined;
  #cancelDeadline: (() => void) | undefined;
  #cancelBodyDeadline: (() => void) | undefined;
  /** Cancels the timer that runs while bytes of the answer wait for the client to read. */
  #cancelWriteTimer: (() => void) | undefined;
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
    { stream, headers, rawHeaders, peer }: Http2Request,
    terms: CallTerms,
    requests: RequestCounter,
    endpoint: string,
  ) {
    this.peer = peer;
    this.cors = terms.cors;
    this.#stream = stream;
    this.#headers = headers;
    this.#rawHeaders = rawHeaders;
    this.#terms = terms;
    const { budget, deadlines, onClose } = terms;
    this.counted = requests.begin(endpoint, this);
    this.timeoutMs = timeoutOf((name) => this.header(name));
    this.body = new RequestBody(stream, budget.open(overloaded));
    this.#unsent = budget.open(overloaded);
    stream.on("close", () => {
      this.#close();
      onClose();
    });
    if (this.timeoutMs === undefined) return;
    this.#cancelDeadline = deadlines.after(this.timeoutMs, () => this.#expire());
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
    this.#inflated ??= this.#terms.budget.open(overloaded);
    return this.#inflated;
  }

  get method(): string {
    return this.#headers[":method"] ?? "";
  }

  /** The path, with its query. */
  get path(): string {
    return this.#headers[":path"] ?? "";
  }

  /** The URL, with a placeholder for its host if the authority of the client is not valid. */
  get url(): string {
    const { ":scheme": scheme, ":path": path, ":authority": authority, host } = this.#headers;
    return `${scheme === "https" ? scheme : "http"}://${hostOf(authority ?? host ?? "")}${path}`;
  }

  /** The headers without the fields of HTTP/2 itself. @throws TypeError for invalid ones */
  get metadata(): Headers {
    this.#metadata ??= shortened(metadataOf(this.#rawHeaders), this.timeoutMs);
    return this.#metadata;
  }

  /** The time until the deadline of the caller, in milliseconds. */
  get remainingMs(): number | undefined {
    if (this.timeoutMs === undefined) return undefined;
    return this.#startedAtMs + this.timeoutMs - Date.now();
  }

  /** True once the headers have been sent. */
  get begun(): boolean {
    return this.#stream.headersSent;
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
    const value = this.#headers[name];
    return typeof value === "string" ? value : undefined;
  }

  /** Limits the time that the body takes to arrive. After it, reading the body fails. */
  limitBody(): void {
    const { requestTimeoutMs } = this.#terms.limits;
    if (this.timeoutMs !== undefined && this.timeoutMs <= requestTimeoutMs) return;
    this.#cancelBodyDeadline = this.#terms.deadlines.after(requestTimeoutMs, () => {
      if (this.body.complete) return;
      this.body.fail(timedOut(`the request did not arrive within ${requestTimeoutMs} ms`));
    });
  }

  /** Sends the status and the headers, once. */
  begin(status: number, header: OutgoingHttpHeaders = {}): void {
    if (this.#gone || this.begun) return;
    this.#wireStatus = new WireStatus(status, `${header["content-type"] ?? ""}`);
    const cors = this.cors && Object.fromEntries(this.cors.headersFor(this.header("origin")));
    this.#stream.respond({ ":status": status, ...header, ...cors }, { waitForTrailers: true });
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
    if (this.#stream.write(bytes)) return undefined;
    const blocked = Promise.withResolvers<void>();
    this.#blocked = blocked;
    const { deadlines, limits } = this.#terms;
    this.#cancelWriteTimer = deadlines.after(limits.writeTimeoutMs, () => this.#end(NOT_READ));
    this.#stream.once("drain", () => {
      this.#cancelWriteTimer?.();
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
    if (this.#gone) return;
    if (bytes !== undefined) this.#unsent.hold(bytes.length);
    this.#wireStatus?.trailer(trailer["grpc-status"]);
    this.counted.end(this.#wireStatus?.status, undefined, this.requestId);
    this.#stream.on("wantTrailers", () => this.#stream.sendTrailers(trailer));
    if (bytes !== undefined) this.#stream.write(bytes);
    this.#stream.end();
    this.#end(COMPLETED);
    const { deadlines, limits } = this.#terms;
    this.#cancelWriteTimer = deadlines.after(limits.writeTimeoutMs, () => this.reset());
    // The rest of the request is discarded. A reset now could discard the end of the answer, too.
    if (!this.body.complete) this.#linger = setTimeout(() => this.#hangUp(), LINGER_MS);
  }

  /** Resets the stream in the middle of the answer. */
  reset(): void {
    if (!this.#closed) this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  /** True if nothing can be sent any more, even before the stream reports that it is closed. */
  get #gone(): boolean {
    return this.#closed || this.#stream.destroyed || this.#stream.closed;
  }

  #hangUp(): void {
    const stream = this.#stream;
    if (!this.#closed && stream.writableFinished) stream.close(constants.NGHTTP2_NO_ERROR);
  }

  #close(): void {
    this.#closed = true;
    this.body.release();
    this.#inflated?.close();
    this.#unsent.hold(0);
    if (this.#ended === undefined)
      this.#end(new ConnectError("the client has disconnected", Code.Canceled));
    this.#cancelWriteTimer?.();
    clearTimeout(this.#linger);
  }

  /** Ends the call at its deadline. The handler may still send its status if no bytes wait. */
  #expire(): void {
    const reason = timedOut("the operation timed out");
    if (this.blocked) return this.#end(reason);
    this.#cancelDeadline = this.#terms.deadlines.after(EXPIRY_GRACE_MS, () => this.#end(reason));
    this.#stop(reason);
  }

  #end(reason: ConnectError): void {
    this.#cancelDeadline?.();
    this.#cancelBodyDeadline?.();
    this.#cancelWriteTimer?.();
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
