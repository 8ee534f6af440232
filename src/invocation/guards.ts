/**
 * Guards: checks that run before a request is received, over every protocol: admission first, then
 * the guards of the service, such as its middleware.
 * @module
 */

import { ServiceError } from "../error.ts";
import type { Service } from "../service/service.ts";
import type { Invocation } from "./invocation.ts";
import type { RequestFacts } from "./request-facts.ts";

/**
 * Runs around a request. It throws to reject the request (a `ServiceError` chooses the status),
 * and otherwise calls `next` once, which receives the request, runs its handler and encodes the
 * answer; a stream is answered when its first item is there. After that, a guard may still change
 * the status, the headers and the trailers in `invocation.context.response`.
 */
export type Guard = (invocation: Invocation, next: () => Promise<void>) => Promise<void>;

/**
 * Admits a request.
 *
 * @throws ServiceError `invalid_argument` for a header that cannot be read, `deadline_exceeded` for
 *   a request whose deadline has passed, `unavailable` during a stop
 */
export function admit(service: Service, facts: RequestFacts): void {
  const { malformed, callerTimeoutMs } = facts;
  if (malformed !== undefined) throw malformed;
  if (callerTimeoutMs !== undefined && callerTimeoutMs <= 0) {
    throw new ServiceError("deadline_exceeded", "The request's deadline had passed before it came");
  }
  service.admission.admit();
}

/** The guards of one request: they start before it is received, and end after its answer. */
export class GuardRun {
  readonly #received = Promise.withResolvers<string>();
  readonly #answered = Promise.withResolvers<void>();
  readonly #wanted = Promise.withResolvers<void>();
  readonly #passed = Promise.withResolvers<void>();
  #over: Promise<void> = Promise.resolve();

  /**
   * Starts the guards.
   *
   * @param endpoint the API's name, if it is known before the request is received
   */
  start(guards: readonly Guard[], invocation: Invocation, endpoint: string | undefined): void {
    if (endpoint !== undefined) this.#received.resolve(endpoint);
    this.#over = runGuards(guards, invocation, async () => {
      this.#wanted.resolve();
      this.#passed.resolve();
      await this.#answered.promise;
    });
    // Each may be rejected while nothing awaits it.
    for (const { promise } of [this.#received, this.#answered]) promise.catch(() => {});
    this.#over.catch(() => {});
  }

  /** Returns the API's name, for which the request must be received where that carries it. */
  receive(): Promise<string> {
    this.#wanted.resolve();
    return this.#received.promise;
  }

  /** Waits until the request may be received. @throws what a guard throws to reject it */
  async untilWanted(): Promise<void> {
    await Promise.race([this.#wanted.promise, this.#rejection()]);
  }

  /**
   * Waits until a request that has been received may be answered.
   *
   * @throws what a guard throws to reject it
   */
  async untilPassed(endpoint: string): Promise<void> {
    this.#received.resolve(endpoint);
    await Promise.race([this.#rejection(), this.#passed.promise]);
  }

  /** Passes the end of answering to the guards, and waits for theirs. @throws what they throw */
  async end(answering: Promise<void>): Promise<void> {
    const fail = (error: unknown): void => {
      this.#received.reject(error);
      this.#answered.reject(error);
    };
    answering.then(() => {
      this.#answered.resolve();
      // No effect where its handler has answered it.
      this.#received.reject(new TypeError("An interceptor answered a call before its middleware"));
    }, fail);
    await this.#over;
  }

  async #rejection(): Promise<never> {
    await this.#over;
    throw new TypeError("A guard neither called next() nor threw");
  }
}

/** Runs guards around the rest of the invocation, the first one outermost. */
async function runGuards(
  guards: readonly Guard[],
  invocation: Invocation,
  proceed: () => Promise<void>,
): Promise<void> {
  const [guard, ...inner] = guards;
  if (guard === undefined) return await proceed();
  await guard(invocation, () => runGuards(inner, invocation, proceed));
}
