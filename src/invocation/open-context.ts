/**
 * openContext(): makes the context of a request, with one signal for its deadline and its caller's
 * disconnect.
 * @module
 */

import type { Access } from "../access/access.ts";
import type { Clock } from "../clock.ts";
import { ServiceError } from "../error.ts";
import {
  CANCELER,
  type CacheReport,
  type CallRecord,
  type ContextOptions,
  type Lane,
} from "../runner/call-options.ts";
import type { Canceler } from "../runner/pool/abort-listeners.ts";
import {
  IF_MODEL,
  type ModelCondition,
  modelCondition,
  type UsedModel,
} from "../runner/used-model.ts";
import type { Service } from "../service/service.ts";
import type { AnswerTime, AnswerTimes } from "./answer-times.ts";
import { AnsweredBy, BY_NONE } from "./answered-by.ts";
import { checkCaller, credentialsOf } from "./caller.ts";
import { Cancellation } from "./cancellation.ts";
import { OpenResponse } from "./open-response.ts";
import { queryOf } from "./query.ts";
import type { RequestContext } from "./request-context.ts";
import type { RequestFacts } from "./request-facts.ts";

/** The facts of a request from which its context is made. */
export type ContextFacts = Omit<RequestFacts, "counted"> & Partial<Pick<RequestFacts, "counted">>;

/** The parts that the contexts of a service share. */
export interface ContextHost {
  readonly service: Pick<Service, "apis" | "callerOf">;
  readonly clock: Clock;
  readonly answerTimes: AnswerTimes;
  /** Who may make requests; undefined for everyone. */
  readonly access?: Pick<Access, "clientOf"> | undefined;
}

/** Opens the context of a request. */
export function openContext(facts: ContextFacts, host: ContextHost): RequestContext {
  return new OpenContext(facts, host);
}

export type { RequestContext };

/** Makes its expensive parts at their first use, since small calls use few of them. */
class OpenContext implements RequestContext, ContextOptions {
  readonly calls: CallRecord[] = [];
  readonly onCall = (call: CallRecord): void => {
    this.calls.push(call);
    this.#calledAt = this.#host.clock.now();
    this.#host.answerTimes.loop.enter(this.#calledAt);
  };
  readonly response = new OpenResponse();
  deadlineAt = 0;
  requestedLane: Lane | undefined;
  keyName: string | undefined;
  readonly #facts: ContextFacts;
  readonly #host: ContextHost;
  readonly #cancellation: Cancellation;
  /** The time until which the caller will wait. */
  readonly #callerDeadlineAt: number;
  /** The time of the last answer of a runner, until the response is written. */
  #calledAt: number | undefined;
  /** The time that the request may have waited for the event loop before it was opened. */
  readonly #waitedMs: number;
  #hasCaller = false;
  #caller: string | undefined;
  #query: URLSearchParams | undefined;
  #cancelTimer: (() => void) | undefined;
  #onEnd: (() => void) | undefined;
  #ifModel: ModelCondition | undefined | null = null; // null until the header has been read
  #answeredBy: AnsweredBy | undefined;
  #readVariable: ((key: string) => unknown) | undefined;

  constructor(facts: ContextFacts, host: ContextHost) {
    this.#facts = facts;
    this.#host = host;
    this.#cancellation = new Cancellation(facts, this);
    const now = host.clock.now();
    this.#waitedMs = host.answerTimes.loop.waitedMs(now);
    this.#callerDeadlineAt = now + (facts.callerTimeoutMs ?? Number.POSITIVE_INFINITY);
    this.renew(now);
  }

  get requestId(): string {
    return this.#facts.requestId;
  }

  get traceparent(): string | undefined {
    const { counted } = this.#facts;
    return counted?.tracing?.traceparent ?? this.#facts.header("traceparent") ?? undefined;
  }

  get onRun(): RequestContext["onRun"] {
    return this.#facts.counted?.tracing?.ran;
  }

  get headers(): Headers {
    return this.#facts.headers;
  }

  get peer(): string | undefined {
    return this.#host.access?.clientOf(this.#facts) ?? this.#facts.peer;
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(queryOf(this.#facts.url));
    return this.#query;
  }

  get signal(): AbortSignal {
    return this.#cancellation.signal;
  }

  get [CANCELER](): Canceler {
    return this.#cancellation;
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
    if (callerOf !== undefined) this.#caller = checkCaller(callerOf(this));
    else this.#caller = this.keyName ?? credentialsOf(this.#facts);
    return this.#caller;
  }

  get ifModel(): ModelCondition | undefined {
    if (this.#ifModel === null) {
      const header = this.#facts.header(IF_MODEL) ?? undefined;
      this.#ifModel = header === undefined ? undefined : modelCondition(header);
    }
    return this.#ifModel;
  }

  get answeredBy(): AnsweredBy {
    return this.#answeredBy ?? BY_NONE;
  }

  get models(): readonly UsedModel[] {
    return this.answeredBy.models;
  }

  onModel(model: UsedModel): void {
    this.#answeredBy ??= new AnsweredBy();
    this.#answeredBy.add(model);
  }

  onCached(report: CacheReport): void {
    this.#answeredBy ??= new AnsweredBy();
    this.#answeredBy.report(report);
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
    if (!this.isAborted) this.#host.answerTimes.answered(this.#answerTime, this.#calledAt);
    this.#calledAt = undefined;
  }

  get(key: string): never {
    return this.#readVariable?.(key) as never; // each variable has a type of its own
  }

  readVariables(read: (key: string) => unknown): void {
    this.#readVariable = read;
  }

  get isAborted(): boolean {
    return this.#cancellation.reason !== undefined;
  }

  orAborted<T>(work: PromiseLike<T>): Promise<T> {
    return this.#cancellation.orAborted(work);
  }

  orLate<T, U = T>(
    work: PromiseLike<T>,
    take?: (value: T) => U,
    failed?: (error: unknown) => unknown,
  ): Promise<T | U> {
    return this.#cancellation.orLate(work, take, failed);
  }

  throwIfAborted(): void {
    this.#cancellation.throwIfAborted();
  }

  renew(now: number = this.#host.clock.now()): void {
    const { clock } = this.#host;
    const callerMs = this.#callerDeadlineAt - now;
    const leftMs = Math.max(0, Math.min(this.#facts.timeoutMs, callerMs));
    // The message names the whole limit, not the rest of it.
    const limitMs = leftMs < this.#facts.timeoutMs ? this.#facts.callerTimeoutMs : leftMs;
    this.#cancelTimer?.();
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
    if (this.isAborted) this.#end();
  }

  [Symbol.dispose](): void {
    this.#cancelTimer?.();
    this.#cancellation.end();
    this.#end();
  }

  #end(): void {
    const listener = this.#onEnd;
    this.#onEnd = undefined;
    listener?.();
  }

  #abort(reason: ServiceError): void {
    this.#cancellation.abort(reason);
    this.#end();
  }
}
