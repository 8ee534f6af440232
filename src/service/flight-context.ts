/**
 * FlightContext: the context of a handler whose answer several requests wait for. It has the facts
 * of one of them, and the limits of all.
 * @module
 */

import type { ContextVariableMap } from "hono";
import type { FlightLimits } from "../cache/flight.ts";
import type { CallRecord, Lane } from "../runner/call-options.ts";
import type { ModelCondition, UsedModel } from "../runner/used-model.ts";
import type { Context, ContextResponse } from "./context.ts";

/** The context of one run of a handler. */
export class FlightContext implements Context {
  readonly response: ContextResponse = {
    status: 200,
    headers: new Headers(),
    trailers: new Headers(),
  };
  readonly models: UsedModel[] = [];
  readonly onCall = (record: CallRecord): void => this.#given.onCall?.(record);
  readonly #given: Context;
  readonly #limits: FlightLimits;
  readonly #ended = new AbortController();
  #signal: AbortSignal | undefined;

  constructor(given: Context, limits: FlightLimits) {
    this.#given = given;
    this.#limits = limits;
  }

  get requestId(): string {
    return this.#given.requestId;
  }

  get headers(): Headers {
    return this.#given.headers;
  }

  get traceparent(): string | undefined {
    return this.#given.traceparent;
  }

  get query(): URLSearchParams {
    return this.#given.query;
  }

  get signal(): AbortSignal {
    this.#signal ??= AbortSignal.any([this.#limits.signal, this.#ended.signal]);
    return this.#signal;
  }

  /** Aborts its signal with another. */
  follow(signal: AbortSignal): void {
    const end = (): void => this.#ended.abort(signal.reason);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  }

  get deadlineAt(): number {
    return this.#limits.deadlineAt;
  }

  get lane(): Lane {
    return this.#given.lane;
  }

  get caller(): string | undefined {
    return this.#given.caller;
  }

  get peer(): string | undefined {
    return this.#given.peer;
  }

  get keyName(): string | undefined {
    return this.#given.keyName;
  }

  get answerMs(): number {
    return this.#given.answerMs ?? 0;
  }

  get ifModel(): ModelCondition | undefined {
    return this.#given.ifModel;
  }

  onModel(model: UsedModel): void {
    const { name, digest } = model;
    const isKnown = this.models.some((each) => each.name === name && each.digest === digest);
    if (!isKnown) this.models.push(model);
  }

  get<K extends keyof ContextVariableMap>(key: K): ContextVariableMap[K] | undefined;
  get(key: string): unknown;
  get(key: string): unknown {
    return this.#given.get(key);
  }
}
