/**
 * openContext(): the context of a request, with one signal for its deadline and its caller's
 * disconnect.
 * @module
 */

import type { Clock } from "../clock.ts";
import { ServiceError } from "../error.ts";
import type { CallRecord, Lane } from "../runner/call-options.ts";
import type { Context, ContextResponse } from "../service/context.ts";
import type { Service } from "../service/service.ts";
import type { AnswerTime, AnswerTimes } from "./answer-times.ts";
import { checkCaller, credentialsOf } from "./caller.ts";
import type { RequestFacts } from "./request-facts.ts";

/** The facts of a request from which its context is made. */
export type ContextFacts = Omit<RequestFacts, "counted">;

/** The parts that the contexts of a service share. */
export interface ContextHost {
  readonly service: Pick<Service, "apis" | "callerOf">;
  readonly clock: Clock;
  readonly answerTimes: AnswerTimes;
}

/** The context of one request. Disposing of it stops its timer. */
export interface RequestContext extends Context, Disposable {
  /** The calls of runners that were made with the context so far. */
  readonly calls: readonly CallRecord[];
  readonly response: OpenResponse;
  /** The lane that its caller asks for; undefined for that of its API. */
  requestedLane: Lane | undefined;
  /** Sets the source of `get()`: the variables of middleware. */
  readVariables(read: (key: string) => unknown): void;
  /** @throws ServiceError the signal's reason, if it is aborted */
  throwIfAborted(): void;
  /** Restarts the server's time limit, at each item of a stream, but not the caller's. */
  renew(): void;
  /** Aborts the signal, for a caller whose disconnect no event reported. */
  cancel(): void;
  /** Records that its response is about to be written, once. */
  answered(): void;
  /** Adds a function to call once, when the context is disposed of or its signal is aborted. */
  onEnd(listener: () => void): void;
}

/** Opens the context of a request. */
export function openContext(facts: ContextFacts, host: ContextHost): RequestContext {
  return new OpenContext(facts, host);
}

/** Makes its expensive parts at their first use, since small calls use few of them. */
class OpenContext implements RequestContext {
  readonly calls: CallRecord[] = [];
  readonly onCall = (call: CallRecord): void => {
    this.calls.push(call);
    this.#calledAt = this.#host.clock.now();
    this.#host.answerTimes.loop.enter(this.#calledAt);
  };
  readonly response = new OpenResponse();
  deadlineAt = 0;
  requestedLane: Lane | undefined;
  readonly #facts: ContextFacts;
  readonly #host: ContextHost;
  readonly #stopListening: () => void;
  /** The time until which the caller will wait. */
  readonly #callerDeadlineAt: number;
  /** The time of the last answer of a runner, until the response is written. */
  #calledAt: number | undefined;
  /** The time that the request may have waited for the event loop before it was opened. */
  readonly #waitedMs: number;
  #hasCaller = false;
  #caller: string | undefined;
  #query: URLSearchParams | undefined;
  #cancelTimer = (): void => {};
  #reason: ServiceError | undefined;
  #controller: AbortController | undefined;
  #onEnd: (() => void) | undefined;
  #readVariable: ((key: string) => unknown) | undefined;

  constructor(facts: ContextFacts, host: ContextHost) {
    this.#facts = facts;
    this.#host = host;
    const now = host.clock.now();
    this.#waitedMs = host.answerTimes.loop.waitedMs(now);
    this.#callerDeadlineAt = now + (facts.callerTimeoutMs ?? Number.POSITIVE_INFINITY);
    this.renew(now);
    this.#stopListening = facts.onDisconnect(() => this.cancel());
  }

  get requestId(): string {
    return this.#facts.requestId;
  }

  get headers(): Headers {
    return this.#facts.headers;
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(queryOf(this.#facts.url));
    return this.#query;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  get lane(): Lane {
    if (this.requestedLane !== undefined) return this.requestedLane;
    const { apis } = this.#host.service;
    const { endpoint } = this.#facts;
    return (Object.hasOwn(apis, endpoint) ? apis[endpoint]?.lane : undefined) ?? "interactive";
  }

  get caller(): string | undefined {
    if (this.#hasCaller) return this.#caller;
    this.#hasCaller = true; // `callerOf` itself may read it
    const { callerOf } = this.#host.service;
    this.#caller =
      callerOf === undefined ? credentialsOf(this.#facts) : checkCaller(callerOf(this));
    return this.#caller;
  }

  get answerMs(): number {
    const leftMs = this.deadlineAt - this.#host.clock.now();
    return this.#answerTime.earlierMs(this.#waitedMs, leftMs);
  }

  get #answerTime(): AnswerTime {
    const { protocol, endpoint } = this.#facts;
    return this.#host.answerTimes.of(protocol, endpoint);
  }

  answered(): void {
    if (this.#calledAt === undefined) return;
    // Of an aborted request, nobody gets the response.
    if (this.#reason === undefined)
      this.#host.answerTimes.answered(this.#answerTime, this.#calledAt);
    this.#calledAt = undefined;
  }

  get(key: string): never {
    return this.#readVariable?.(key) as never; // each variable has a type of its own
  }

  readVariables(read: (key: string) => unknown): void {
    this.#readVariable = read;
  }

  throwIfAborted(): void {
    if (this.#reason !== undefined) throw this.#reason;
  }

  renew(now: number = this.#host.clock.now()): void {
    const { clock } = this.#host;
    const callerMs = this.#callerDeadlineAt - now;
    const leftMs = Math.max(0, Math.min(this.#facts.timeoutMs, callerMs));
    // The message names the whole limit, not the rest of it.
    const limitMs = leftMs < this.#facts.timeoutMs ? this.#facts.callerTimeoutMs : leftMs;
    this.#cancelTimer();
    this.#cancelTimer = clock.after(leftMs, () => {
      const text = `The request was not answered within ${Math.round(limitMs ?? 0) / 1000} s`;
      this.#abort(new ServiceError("deadline_exceeded", text));
    });
    this.deadlineAt = now + leftMs;
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

  /** Aborts the signal. Only the first reason counts. */
  #abort(reason: ServiceError): void {
    this.#reason ??= reason;
    this.#controller?.abort(this.#reason);
    this.#end();
  }
}

/** The status, headers and trailers of an answer. Most small calls set none. */
export class OpenResponse implements ContextResponse {
  status = 200;
  #headers: Headers | undefined;
  #trailers: Headers | undefined;

  get headers(): Headers {
    this.#headers ??= new Headers();
    return this.#headers;
  }

  get trailers(): Headers {
    this.#trailers ??= new Headers();
    return this.#trailers;
  }

  /** The headers, if they have been used. */
  get madeHeaders(): Headers | undefined {
    return this.#headers;
  }

  /** The trailers, if they have been used. */
  get madeTrailers(): Headers | undefined {
    return this.#trailers;
  }
}

/** Returns the query of a URL, which may be invalid elsewhere. */
function queryOf(url: string): string {
  const [, query = ""] = /\?([^#]*)/.exec(url) ?? [];
  return query;
}
