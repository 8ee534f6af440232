/**
 * Context: what a handler knows of the request it answers, and what it may set on the answer.
 * @module
 */

import { ServiceError } from "../error.ts";
import type { Clock } from "../host.ts";
import type { CallRecord } from "../runner/call-options.ts";

/** What a handler may set on the answer, beside its value. */
export interface ContextResponse {
  /**
   * The HTTP status, 200 to 599. Default 200. Throw a `ServiceError` to report an error. Connect,
   * gRPC-Web and gRPC have no statuses of success to choose from, and heed none.
   */
  status: number;
  /** Headers (gRPC: leading metadata) to send along. */
  readonly headers: Headers;
  /**
   * Metadata to send after the answer: gRPC's trailers; over Connect the `trailer-` headers of a
   * unary call, or the end of a stream; over REST, which has none, headers.
   */
  readonly trailers: Headers;
}

/**
 * One request, whatever protocol carried it. Its parts are made when they are asked for: pass it on
 * whole, or take them by name. A copy, `{ ...context }`, does not have them.
 */
export interface Context {
  /** Names the request in logs and errors; the caller's `X-Request-Id` where it sent one. */
  readonly requestId: string;
  /** The request's headers (gRPC: its metadata). */
  readonly headers: Headers;
  /** The query of the request's URL; empty where a protocol has none. */
  readonly query: URLSearchParams;
  /**
   * Aborted when the caller has disconnected (reason: `canceled`) or the deadline has passed
   * (`deadline_exceeded`). Pass it to `fetch`, and the context itself to runners.
   */
  readonly signal: AbortSignal;
  /**
   * The time by which the request must be answered, in milliseconds of `performance.now()`;
   * `Infinity` for none. Each item of a REST stream moves it.
   */
  readonly deadlineAt: number;
  readonly response: ContextResponse;
  /** Receives a record of each call of a runner that this context was passed to. */
  readonly onCall?: (call: CallRecord) => void;
}

/** What a protocol knows of a request. Headers and query are taken when a handler asks for them. */
export interface RequestFacts {
  readonly requestId: string;
  readonly headers: Headers;
  readonly query: URLSearchParams;
  /**
   * Calls a function once when the caller disconnects, immediately if it has already. Returns a
   * function that removes the listener.
   */
  readonly onDisconnect: (listener: () => void) => () => void;
  /** How long the request may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** A context for as long as its request lasts: `using` stops its timer. */
export interface RequestContext extends Context, Disposable {
  /** The batches of the calls of runners that were made with the context so far. */
  readonly calls: readonly CallRecord[];
  /** The headers of the answer, if the handler has asked for them. */
  readonly headersToSend: Headers | undefined;
  /** @throws ServiceError the signal's reason, when it is aborted */
  throwIfAborted(): void;
  /** Restarts the time limit of the request, at each item of a stream. */
  renew(): void;
  /** Aborts the signal: the client has disconnected, though no event reported it. */
  cancel(): void;
  /** Adds a function to call once, when the context is disposed of or its signal is aborted. */
  onEnd(listener: () => void): void;
}

/** Makes the context of a request: one signal for its deadline and its caller's disconnect. */
export function openContext(facts: RequestFacts): RequestContext {
  return new OpenContext(facts);
}

/** What costs something is made when it is first asked for: of small calls, most never is. */
class OpenContext implements RequestContext {
  readonly calls: CallRecord[] = [];
  readonly onCall = (call: CallRecord): void => void this.calls.push(call);
  readonly response = new OpenResponse();
  readonly #facts: RequestFacts;
  readonly #stopListening: () => void;
  #cancelTimer = (): void => {};
  deadlineAt = 0;
  #reason: ServiceError | undefined;
  #controller: AbortController | undefined;
  #onEnd: (() => void) | undefined;

  constructor(facts: RequestFacts) {
    this.#facts = facts;
    this.renew();
    this.#stopListening = facts.onDisconnect(() => this.cancel());
  }

  get requestId(): string {
    return this.#facts.requestId;
  }

  get headers(): Headers {
    return this.#facts.headers;
  }

  get query(): URLSearchParams {
    return this.#facts.query;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  get headersToSend(): Headers | undefined {
    return this.response.madeHeaders;
  }

  throwIfAborted(): void {
    if (this.#reason !== undefined) throw this.#reason;
  }

  renew(): void {
    const { timeoutMs, clock } = this.#facts;
    this.#cancelTimer();
    this.#cancelTimer = clock.after(timeoutMs, () => {
      const text = `The request was not answered within ${Math.round(timeoutMs) / 1000} s`;
      this.#abort(new ServiceError("deadline_exceeded", text));
    });
    this.deadlineAt = clock.now() + timeoutMs;
  }

  cancel(): void {
    this.#abort(new ServiceError("canceled", "The caller closed the request"));
  }

  onEnd(listener: () => void): void {
    this.#onEnd = listener;
    if (this.#reason !== undefined) this.#end();
  }

  [Symbol.dispose](): void {
    this.#cancelTimer();
    this.#stopListening();
    this.#end();
  }

  #end(): void {
    const listener = this.#onEnd;
    this.#onEnd = undefined;
    listener?.();
  }

  /** The first reason is the one that counts. */
  #abort(reason: ServiceError): void {
    this.#reason ??= reason;
    this.#controller?.abort(this.#reason);
    this.#end();
  }
}

class OpenResponse implements ContextResponse {
  status = 200;
  madeHeaders: Headers | undefined;
  madeTrailers: Headers | undefined;

  get headers(): Headers {
    this.madeHeaders ??= new Headers();
    return this.madeHeaders;
  }

  get trailers(): Headers {
    this.madeTrailers ??= new Headers();
    return this.madeTrailers;
  }
}

/** Returns the `onDisconnect` of a caller whose disconnect aborts a signal. */
export function onAbort(signal: AbortSignal): RequestFacts["onDisconnect"] {
  return (listener) => {
    if (signal.aborted) listener();
    else signal.addEventListener("abort", listener, { once: true });
    return () => signal.removeEventListener("abort", listener);
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
