/**
 * Context: what a handler knows of the request it answers, and what it may set on the answer.
 * @module
 */

import { type CallRecord, setCallScope } from "../call-scope.ts";
import { ServiceError } from "../error.ts";
import type { Clock } from "../host.ts";

/** What a handler may set on the answer, beside its value. */
export interface ContextResponse {
  /** The HTTP status, 200 to 599. Default 200. Throw a `ServiceError` to report an error. */
  status: number;
  /** Headers (gRPC: leading metadata) to send along. */
  readonly headers: Headers;
}

/** One request, whatever protocol carried it. */
export interface Context {
  /** Names the request in logs and errors; the caller's `X-Request-Id` where it sent one. */
  readonly requestId: string;
  /** The request's headers (gRPC: its metadata). */
  readonly headers: Headers;
  /** The query of the request's URL; empty where a protocol has none. */
  readonly query: URLSearchParams;
  /**
   * Aborted when the caller has gone (reason: `canceled`) or the deadline has passed
   * (`deadline_exceeded`). Pass it to runners and to `fetch`.
   */
  readonly signal: AbortSignal;
  readonly response: ContextResponse;
}

/** What a protocol knows of a request. */
export interface RequestFacts {
  readonly requestId: string;
  readonly headers: Headers;
  readonly query: URLSearchParams;
  /** Aborted when the caller has gone. */
  readonly disconnected: AbortSignal;
  /** How long the request may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** A context for as long as its request lasts: `using` stops its timer. */
export interface RequestContext extends Context, Disposable {
  /** The calls of runners that were made with the signal so far. */
  readonly calls: readonly CallRecord[];
  /** Lets the time that the request may take begin anew: at each item of a stream. */
  renew(): void;
  /** Aborts the signal: the caller has gone, though its disconnect was not heard of. */
  cancel(): void;
}

/** Makes the context of a request: one signal for its deadline and its caller's disconnect. */
export function openContext(facts: RequestFacts): RequestContext {
  const { requestId, headers, query, disconnected, timeoutMs, clock } = facts;
  const controller = new AbortController();
  const onDisconnect = (): void =>
    controller.abort(new ServiceError("canceled", "The caller closed the request"));
  const calls: CallRecord[] = [];
  let cancelTimer = (): void => {};
  const renew = (): void => {
    cancelTimer();
    cancelTimer = clock.after(timeoutMs, () => {
      const text = `The request was not answered within ${Math.round(timeoutMs) / 1000} s`;
      controller.abort(new ServiceError("deadline_exceeded", text));
    });
    const deadlineAt = clock.now() + timeoutMs;
    setCallScope(controller.signal, { deadlineAt, record: (call) => calls.push(call) });
  };
  renew();
  if (disconnected.aborted) onDisconnect();
  else disconnected.addEventListener("abort", onDisconnect, { once: true });
  return {
    requestId,
    headers,
    query,
    signal: controller.signal,
    calls,
    renew,
    cancel: onDisconnect,
    response: { status: 200, headers: new Headers() },
    [Symbol.dispose]() {
      cancelTimer();
      disconnected.removeEventListener("abort", onDisconnect);
    },
  };
}

/**
 * The result of `work`, or the signal's reason as soon as it is aborted: work that does not look
 * at its signal must not hold up the answer.
 */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  // Whichever loses the race may reject later, with nobody left to hear it.
  work.catch(() => {});
  aborted.promise.catch(() => {});
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
