/**
 * Context: the request that a handler answers, and the parts of the answer that it may set.
 * @module
 */

import type { ContextVariableMap } from "hono";
import type { CacheReport, CallRecord, Lane } from "../runner/call-options.ts";
import type { ModelCondition, UsedModel } from "../runner/used-model.ts";

/** The parts of an answer, beside its value, that a handler may set. */
export interface ContextResponse {
  /**
   * The HTTP status, 200 to 599. Default 200. Throw a `ServiceError` to report an error. Connect,
   * gRPC-Web and gRPC have one status of success; from 400 on, they answer with the error of that
   * status instead of the value.
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
 * One request, over any protocol. Its parts are made at their first use, so pass the context
 * itself, or read its parts by name. A copy, `{ ...context }`, lacks them.
 */
export interface Context {
  /** The request's id in logs and errors: the caller's `X-Request-Id` if it sent one. */
  readonly requestId: string;
  /** The request's headers (gRPC: its metadata). */
  readonly headers: Headers;
  /**
   * The header `traceparent` for requests that the handler makes, so that they belong to the same
   * trace: of the request's span, or else as the caller has sent it.
   */
  readonly traceparent?: string | undefined;
  /** The query of the request's URL. */
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
  /**
   * The priority of the request: the one that its caller asks for by `Ekiben-Lane`, or else that of
   * its API. Default `interactive`.
   */
  readonly lane: Lane;
  /**
   * The name under which its calls of runners share the workers with those of other callers: the
   * result of the service's `callerOf`, or else its credentials, `Authorization` or `X-Api-Key`;
   * undefined without either. Do not log it.
   */
  readonly caller: string | undefined;
  /**
   * The address of its client, or of the last proxy before the server; undefined where the host of
   * `app()` does not tell it.
   */
  readonly peer?: string | undefined;
  /** The name of the API key that the request came with; undefined if the server has no keys. */
  readonly keyName?: string | undefined;
  /**
   * The milliseconds between a runner's answer and the response, as learned from recent requests.
   * Runners plan to answer that much before `deadlineAt`. At most half of the time that is left.
   */
  readonly answerMs?: number;
  readonly response: ContextResponse;
  /**
   * Returns a variable that a middleware of the service has set by `c.set()`, such as the user that
   * it has authenticated; undefined if there is none. Its type is that of Hono's own context:
   * `declare module "hono" { interface ContextVariableMap { user: User } }`.
   */
  get<K extends keyof ContextVariableMap>(key: K): ContextVariableMap[K] | undefined;
  get(key: string): unknown;
  /** The models that its caller accepts, by the header `If-Model`; undefined for any. */
  readonly ifModel?: ModelCondition | undefined;
  /** The models that have answered its calls of runners so far, each once. */
  readonly models?: readonly UsedModel[];
  /** Adds a model that has answered a call of a runner. */
  onModel?(model: UsedModel): void;
  /** Called if an answer may come from a cache: see `CallOptions`. */
  onCached?(report: CacheReport): void;
  /** Receives a record of each call of a runner that this context was passed to. */
  readonly onCall?: (call: CallRecord) => void;
}

/** A context that ends the wait for work itself, without an `AbortSignal` for each request. */
export interface WaitingContext extends Context {
  /** As `orAborted()` with its signal. */
  orAborted<T>(work: PromiseLike<T>): Promise<T>;
}

/** Returns the result of `work`, or throws as soon as the context's signal is aborted. */
export function inContext<T>(work: PromiseLike<T>, context: Context): Promise<T> {
  return "orAborted" in context
    ? (context as WaitingContext).orAborted(work)
    : orAborted(Promise.resolve(work), context.signal);
}

/**
 * Returns the result of `work`, or throws the signal's reason as soon as it is aborted, since work
 * that ignores its signal must not delay the answer.
 */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  // The loser of the race may still reject, and then nothing else listens.
  work.catch(() => {});
  aborted.promise.catch(() => {});
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
