/**
 * OpenCall: one call, from its request to its status.
 * @module
 */

import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { codeToHttpStatus } from "@connectrpc/connect/protocol-connect";
import { httpStatus, ServiceError } from "../error.ts";
import { asServiceError } from "../service/answer.ts";
import {
  onAbort,
  openContext,
  type RequestContext,
  type RequestFacts,
} from "../service/context.ts";
import type { CountedRequest } from "../service/request-metrics.ts";
import { traceOf } from "../service/trace.ts";
import { factsOf, headerOf } from "./call-facts.ts";
import { countedOf } from "./counted.ts";
import { identify } from "./request-id.ts";
import { toConnectError, withRequestId } from "./rpc-error.ts";
import type { RpcServer } from "./rpc-server.ts";
import { sendHeaders } from "./send-headers.ts";

/**
 * The part of a caller's timeout after which its disconnect counts as the end of that timeout:
 * clients disconnect at their deadlines, a little before the server sees the same ones pass.
 */
const TIMED_OUT_FRACTION = 0.9;

/** One call. Disposing of it sets its status, where its caller has disconnected too. */
export class OpenCall implements Disposable {
  readonly context: RequestContext;
  readonly #server: RpcServer;
  readonly #handler: HandlerContext;
  readonly #endpoint: string;
  readonly #counted: CountedRequest;
  /** Whether the server does not count it: one that is not ours, with our routes. */
  readonly #countsItself: boolean;
  readonly #expired: boolean;
  /** From this time on, a disconnect counts as a timeout. */
  readonly #timedOutAt: number;
  /** Undefined as long as the caller may leave without an answer. */
  #status: number | undefined;

  /**
   * @param endpoint what it is counted as
   * @param timeoutMs what the server allows it; its caller may allow less
   */
  constructor(server: RpcServer, handler: HandlerContext, endpoint: string, timeoutMs: number) {
    const requestId = identify(handler);
    const callerMs = handler.timeoutMs();
    this.#server = server;
    this.#handler = handler;
    this.#endpoint = endpoint;
    const counted = countedOf(handler);
    this.#countsItself = counted === undefined;
    this.#counted = counted ?? server.requests.begin(endpoint);
    this.#counted.handledAs(endpoint);
    this.#expired = callerMs !== undefined && callerMs <= 0;
    this.#timedOutAt =
      server.clock.now() + (callerMs ?? Number.POSITIVE_INFINITY) * TIMED_OUT_FRACTION;
    this.context = openContext({
      requestId,
      get headers() {
        return handler.requestHeader;
      },
      get query() {
        return new URLSearchParams();
      },
      onDisconnect: factsOf(handler)?.onDisconnect ?? onDisconnectBySignal(handler.signal),
      timeoutMs: Math.max(0, Math.min(timeoutMs, callerMs ?? Number.POSITIVE_INFINITY)),
      clock: server.clock,
    });
  }

  /** @throws ServiceError for a call that is late already, or that comes during a stop */
  admit(): void {
    if (this.#expired) {
      throw new ServiceError("deadline_exceeded", "The call's deadline had passed before it came");
    }
    this.#server.service.admission.admit();
  }

  /**
   * Sends the headers that the handler has set.
   *
   * @throws TypeError for one that cannot be
   */
  sendHeaders(): void {
    const { headersToSend } = this.context;
    if (headersToSend !== undefined) sendHeaders(headersToSend, this.#handler.responseHeader);
  }

  /** The call is answered to its end. */
  succeed(): void {
    this.#status = 200;
  }

  /** The error a caller gets; what was not meant for callers is logged whole, and masked. */
  fail(thrown: unknown): ConnectError {
    if (thrown instanceof ConnectError) {
      this.#status = codeToHttpStatus(thrown.code);
      return withRequestId(thrown, this.#handler);
    }
    const { requestId } = this.context;
    const error = asServiceError(thrown, { api: this.#endpoint, requestId });
    if (error.code !== "canceled") this.#status = httpStatus(error.code);
    return toConnectError(error, this.#handler, this.#server.compatibility);
  }

  [Symbol.dispose](): void {
    this.context[Symbol.dispose]();
    const isLate = this.#server.clock.now() >= this.#timedOutAt;
    const status = this.#status ?? httpStatus(isLate ? "deadline_exceeded" : "canceled");
    this.#counted.handled(status, traceOf(headerOf(this.#handler, "traceparent")));
    if (this.#countsItself) this.#counted.end(status);
  }
}

/**
 * The `onDisconnect` of a call by the signal of its protocol. That is also aborted at the deadline,
 * which the timer of the context reports in its own words.
 */
function onDisconnectBySignal(signal: AbortSignal): RequestFacts["onDisconnect"] {
  return (listener) =>
    onAbort(signal)(() => {
      const { reason } = signal;
      if (!(reason instanceof ConnectError && reason.code === Code.DeadlineExceeded)) listener();
    });
}
