/**
 * OpenCall: one call, from its request to its status.
 * @module
 */

import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { codeToHttpStatus } from "@connectrpc/connect/protocol-connect";
import { httpStatus, ServiceError } from "../error.ts";
import { openContext, type RequestContext } from "../service/context.ts";
import type { EndRequest } from "../service/request-metrics.ts";
import { asServiceError } from "../service/service.ts";
import { traceOf } from "../service/trace.ts";
import { identify } from "./request-id.ts";
import { toConnectError, withRequestId } from "./rpc-error.ts";
import type { RpcServer } from "./rpc-server.ts";
import { sendHeaders } from "./send-headers.ts";

/** One call. It is counted when it is disposed of: a caller who left is a status too. */
export class OpenCall implements Disposable {
  readonly context: RequestContext;
  readonly #server: RpcServer;
  readonly #handler: HandlerContext;
  readonly #endpoint: string;
  readonly #count: EndRequest;
  readonly #expired: boolean;
  #status = httpStatus("canceled");

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
    this.#count = server.requests.begin(endpoint);
    this.#expired = callerMs !== undefined && callerMs <= 0;
    this.context = openContext({
      requestId,
      headers: handler.requestHeader,
      query: new URLSearchParams(),
      disconnected: callerMs === undefined ? handler.signal : disconnectOf(handler.signal),
      timeoutMs: Math.max(0, Math.min(timeoutMs, callerMs ?? Number.POSITIVE_INFINITY)),
      clock: server.clock,
    });
  }

  /** @throws ServiceError for a call that is late already, or that comes during a stop */
  admit(): void {
    if (this.#expired) {
      throw new ServiceError("deadline_exceeded", "The call's deadline had passed before it came");
    }
    if (this.#server.service.draining) {
      throw new ServiceError("unavailable", "The service is shutting down");
    }
  }

  /**
   * Sends the headers that the handler has set.
   *
   * @throws TypeError for one that cannot be
   */
  sendHeaders(): void {
    sendHeaders(this.context.response.headers, this.#handler.responseHeader);
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
    this.#status = httpStatus(error.code);
    return toConnectError(error, this.#handler, this.#server.compatibility);
  }

  [Symbol.dispose](): void {
    this.context[Symbol.dispose]();
    this.#count(this.#status, traceOf(this.#handler.requestHeader.get("traceparent")));
  }
}

/**
 * A signal for a caller that has left alone. The one of the protocol is aborted when the deadline
 * has passed, too, which the context's own timer says in its own words.
 */
function disconnectOf(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const onAbort = (): void => {
    const { reason } = signal;
    const late = reason instanceof ConnectError && reason.code === Code.DeadlineExceeded;
    if (!late) controller.abort(reason);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  return controller.signal;
}
