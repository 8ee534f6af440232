/**
 * client(): a service as a typed object whose methods call a server.
 * @module
 */

import { type Clock, systemClock } from "../clock.ts";
import { ServiceError } from "../error.ts";
import { type ApiFacts, apiOf, apisOf } from "./facts.ts";
import { failureOf, lostConnection, reading } from "./failure.ts";
import { type CallOptions, type ClientOptions, checkOptions } from "./options.ts";
import { rest } from "./rest.ts";
import { retrying } from "./retry.ts";
import { Scope } from "./scope.ts";
import { send } from "./send.ts";
import { placeOf, type Target } from "./target.ts";
import type { Outcome, Place } from "./transport.ts";
import type { Client, ServiceLike } from "./types.ts";

/** The parts that tests replace. */
export interface ClientInternals {
  readonly clock: Clock;
  readonly random: () => number;
}

const SYSTEM: ClientInternals = { clock: systemClock, random: () => Math.random() };

const DEFAULT_RETRIES = 2;

/**
 * Makes a client of a service: a method for each API, whose types follow from the type of the
 * service. None of the code of the service is needed; its document is fetched before the first
 * call, from `/openapi.json`.
 *
 * Every error of a call is a `ServiceError`, with the code and the id of the request; a value that
 * the API does not take is a `TypeError`. A call is tried again if it has not run: if the
 * connection was refused, or the server answered 429 or 503 with `Retry-After`; and never after the
 * first item of a stream.
 *
 * @param target the URL of a server, or anything with a `fetch()`: an `app()`, a service binding
 * @throws TypeError or RangeError for an invalid target or option
 *
 * @example
 * import type service from "./service.ts";
 * const mnist = client<typeof service>("http://localhost:3000");
 * const { digit } = await mnist.predict(file);
 */
export function client<S extends ServiceLike>(
  target: Target,
  options: ClientOptions = {},
): Client<S> {
  return openClient(target, options, SYSTEM);
}

/** As `client()`, with the given clock. */
export function openClient<S extends ServiceLike>(
  target: Target,
  options: ClientOptions,
  internals: ClientInternals,
): Client<S> {
  checkOptions(options, true);
  const caller = new Caller(placeOf(target, options.fetch), options, internals);
  const methods = new Map<PropertyKey, unknown>();
  const methodOf = (_: object, name: string | symbol): unknown => {
    // An object with a method `then` would be taken for a promise: no API is called so.
    if (typeof name === "symbol" || name === "then") return undefined;
    const made = (input: unknown, own: CallOptions = {}) => caller.call(name, input, own);
    const method = methods.get(name) ?? made;
    methods.set(name, method);
    return method;
  };
  return new Proxy(Object.freeze({}), { get: methodOf }) as Client<S>;
}

/** The time in which the document of a service must be read, in milliseconds. */
const DOCUMENT_MS = 30_000;

class Caller {
  readonly #place: Place;
  readonly #options: ClientOptions;
  readonly #internals: ClientInternals;
  #apis: Promise<ReadonlyMap<string, ApiFacts>> | undefined;

  constructor(place: Place, options: ClientOptions, internals: ClientInternals) {
    this.#place = place;
    this.#options = options;
    this.#internals = internals;
  }

  /** Calls an API. The result is a promise of the value or the stream, and an async iterable. */
  call(name: string, input: unknown, own: CallOptions): Promise<unknown> & AsyncIterable<unknown> {
    checkOptions(own, false);
    const outcome = this.#outcomeOf(name, input, own);
    const value = outcome.then((found) => ("items" in found ? found.items : found.value));
    return Object.assign(value, {
      [Symbol.asyncIterator](): AsyncIterator<unknown> {
        value.catch(() => {}); // the iterator throws it
        return iterate(outcome);
      },
    });
  }

  async #outcomeOf(name: string, input: unknown, own: CallOptions): Promise<Outcome> {
    const { timeoutMs = this.#options.timeoutMs } = own;
    const signals = [this.#options.signal, own.signal];
    const scope = new Scope(this.#internals.clock, timeoutMs, signals);
    try {
      const outcome = await this.#attempts(name, input, own, scope);
      if ("items" in outcome) return { items: this.#bounded(outcome.items, scope) };
      scope.end();
      return outcome;
    } catch (error) {
      scope.end();
      throw error;
    }
  }

  async #attempts(name: string, input: unknown, own: CallOptions, scope: Scope): Promise<Outcome> {
    const { retries: allRetries, idempotent: allIdempotent, transport = rest } = this.#options;
    const { retries = allRetries ?? DEFAULT_RETRIES, idempotent = allIdempotent ?? false } = own;
    const limits = { retries, idempotent, random: this.#internals.random };
    const read = (): Promise<ReadonlyMap<string, ApiFacts>> => this.#read(scope);
    const apis = await retrying(read, scope, { ...limits, idempotent: true });
    const attempt = await transport.open(this.#place, apiOf(apis, name), input);
    const sendOnce = async (): Promise<Outcome> => {
      const { lane = this.#options.lane, onResponse } = own;
      const headers = await this.#headers(own.headers);
      const { signal } = scope;
      return await this.#guarded(scope, () =>
        attempt({ headers, timeoutMs: scope.leftMs(), lane, signal, onResponse }),
      );
    };
    try {
      return await retrying(sendOnce, scope, limits);
    } catch (error) {
      // The service may have changed since its document was read.
      if (error instanceof ServiceError && error.code === "not_found") this.#apis = undefined;
      throw error;
    }
  }

  /** Returns the APIs, which are read once for all calls: the end of one call does not end that. */
  async #read(scope: Scope): Promise<ReadonlyMap<string, ApiFacts>> {
    scope.signal.throwIfAborted();
    this.#apis ??= this.#fetch();
    const apis = this.#apis;
    apis.catch(() => {
      if (this.#apis === apis) this.#apis = undefined;
    });
    return await scope.race(apis);
  }

  async #fetch(): Promise<ReadonlyMap<string, ApiFacts>> {
    const { document, signal: own } = this.#options;
    if (document !== undefined) return apisOf(document);
    const scope = new Scope(this.#internals.clock, DOCUMENT_MS, [own]);
    const read = async (): Promise<ReadonlyMap<string, ApiFacts>> => {
      const init = { headers: await this.#headers(), signal: scope.signal };
      const url = `${this.#place.base}/openapi.json`;
      const response = await send(this.#place, url, init);
      if (!response.ok) throw await failureOf(response);
      const text = await response.text();
      return await reading(url, () => apisOf(JSON.parse(text)));
    };
    return await this.#guarded(scope, read).finally(() => scope.end());
  }

  /** Turns what is thrown into the error that the caller sees. */
  async #guarded<T>(scope: Scope, work: () => Promise<T>): Promise<T> {
    scope.signal.throwIfAborted();
    try {
      return await scope.race(work());
    } catch (thrown) {
      throw scope.errorOf(lostConnection(this.#place.base, thrown));
    }
  }

  /** Yields items until the end, the deadline or a cancellation. */
  async *#bounded(
    items: AsyncIterable<unknown>,
    scope: Scope,
  ): AsyncGenerator<unknown, void, undefined> {
    const iterator = items[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await scope.race(iterator.next());
        if (done === true) return;
        yield value;
      }
    } catch (thrown) {
      throw scope.errorOf(lostConnection(this.#place.base, thrown));
    } finally {
      scope.end();
      // Not awaited: a generator that waits for its next item ends behind it.
      void iterator.return?.().catch(() => {});
    }
  }

  async #headers(own?: HeadersInit): Promise<Headers> {
    const { headers, apiKey } = this.#options;
    const made = new Headers(typeof headers === "function" ? await headers() : headers);
    if (apiKey !== undefined && !made.has("authorization")) {
      made.set("authorization", `Bearer ${apiKey}`);
    }
    for (const [name, value] of new Headers(own)) made.set(name, value);
    return made;
  }
}

/** Yields the items of a stream, or one value. */
async function* iterate(outcome: Promise<Outcome>): AsyncGenerator<unknown, void, undefined> {
  const found = await outcome;
  if ("items" in found) yield* found.items;
  else yield found.value;
}
