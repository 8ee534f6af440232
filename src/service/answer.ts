/**
 * answerOf(): runs the handler of an API until it answers or its request is aborted.
 * @module
 */

import { ServiceError } from "../error.ts";
import { log } from "../log.ts";
import type { AnyApi } from "./api.ts";
import { type Context, orAborted } from "./context.ts";
import { isStream, untilAborted } from "./stream.ts";

/** The names of a handler and its request, for the log. */
export interface ErrorSource {
  /** The API, or the method of a mounted service. */
  readonly api: string;
  readonly requestId: string;
}

/**
 * Runs the handler of an API. An answer that is a stream is computed as its items are asked for.
 *
 * @throws ServiceError any error of the handler, also between the items of a stream, converted by
 *   `asServiceError()`; the reason of the context's signal when it is aborted
 */
export async function answerOf(
  { handler }: AnyApi,
  input: unknown,
  context: Context,
  source: ErrorSource,
): Promise<unknown> {
  try {
    const work: unknown = handler(input, context);
    // A race is expensive, and an answer that exists already needs none.
    const answer = isPromise(work) ? await orAborted(Promise.resolve(work), context.signal) : work;
    return isStream(answer) ? withErrors(untilAborted(answer, context.signal), source) : answer;
  } catch (error) {
    throw asServiceError(error, source);
  }
}

function isPromise(work: unknown): work is PromiseLike<unknown> {
  return typeof (work as Partial<PromiseLike<unknown>> | null | undefined)?.then === "function";
}

/** Yields the items of a stream, and converts what is thrown between them. */
async function* withErrors<T>(
  items: AsyncIterable<T>,
  source: ErrorSource,
): AsyncGenerator<T, void, undefined> {
  try {
    yield* items;
  } catch (error) {
    throw asServiceError(error, source);
  }
}

/**
 * Converts what a handler threw to the error that its caller receives. Anything but a
 * `ServiceError` is logged in full, and becomes `internal` with a masked message.
 */
export function asServiceError(thrown: unknown, source: ErrorSource): ServiceError {
  if (thrown instanceof ServiceError) return thrown;
  log.error("API {api} threw while answering request {requestId}: {error}", {
    ...source,
    error: thrown,
  });
  return ServiceError.from(thrown);
}
