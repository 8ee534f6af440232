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
   * Aborted when the caller has gone (reason: `canceled`) or the deadline has passed
   * (`deadline_exceeded`). Pass it to `fetch`, and to runners the context itself.
   */
  readonly signal: AbortSignal;
  /** The request's deadline, in milliseconds of `performance.now()`. */
  readonly deadlineAt: number;
  readonly response: ContextResponse;
}

/** What a protocol knows of a request. Headers and query are taken when a handler asks for them. */
export interface RequestFacts {
  readonly requestId: string;
  readonly headers: Headers;
  readonly query: URLSearchParams;
  /** Tells once when the caller has gone, at once if it has already; what it returns stops that. */
  readonly onGone: (listener: () => void) => () => void;
  /** How long the request may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** A context for as long as its request lasts: `using` stops its timer. */
export interface RequestContext extends Context, Disposable {
  /** The batches of the calls of runners that were made with the context so far. */
  readonly calls: readonly CallRecord[];
  /** Adds the record of a batch to `calls`; the runner that is given the context calls it. */
  onBatch(record: CallRecord): void;
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
  readonly response = new OpenResponse();
  readonly #facts: RequestFacts;
  readonly #stopListening: () => void;
  #cancelTimer = (): void => {};
  #deadlineAt = 0;
  #reason: ServiceError | undefined;
  #controller: AbortController | undefined;
  #onEnd: (() => void) | undefined;

  constructor(facts: RequestFacts) {
    this.#facts = facts;
    this.renew();
    this.#stopListening = facts.onGone(() => this.cancel());
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

  get deadlineAt(): number {
    return this.#deadlineAt;
  }

  onBatch(record: CallRecord): void {
    this.calls.push(record);
  }

  get headersToSend(): Headers | undefined {
    return this.response.made;
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
    this.#deadlineAt = clock.now() + timeoutMs;
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
  made: Headers | undefined;

  get headers(): Headers {
    this.made ??= new Headers();
    return this.made;
  }
}

/** `onGone` of a caller whose signal says so. */
export function goneBy(signal: AbortSignal): RequestFacts["onGone"] {
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
