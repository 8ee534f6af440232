/**
 * answerOf(): runs the handler of an API until it answers or its request is aborted.
 * @module
 */

import { ServiceError } from "../error.ts";
import { log } from "../log.ts";
import type { AnyApi } from "./api.ts";
import { type Context, inContext } from "./context.ts";
import { isStream, untilAborted } from "./stream.ts";

/** The names of a handler and its request, for the log. */
export interface ErrorSource {
  /** The API, or the method of a mounted service. */
  readonly api: string;
  readonly requestId: string;
}

/**
 * Runs the handler of an API. Returns its answer, or a promise of it if the handler returned one. A
 * stream is computed as its items are asked for.
 *
 * @throws ServiceError any error of the handler, also between the items of a stream, converted by
 *   `asServiceError()`; the reason of the context's signal when it is aborted
 */
export function answerOf(
  api: AnyApi,
  input: unknown,
  context: Context,
  source: ErrorSource,
): unknown {
  try {
    const work: unknown = api.handler(input, context);
    // Awaiting is expensive, and an answer that exists already needs none.
    return isPromise(work)
      ? settled(work, api, context, source)
      : guarded(work, api, context, source);
  } catch (error) {
    throw asServiceError(error, source);
  }
}

async function settled(
  work: PromiseLike<unknown>,
  api: AnyApi,
  context: Context,
  source: ErrorSource,
): Promise<unknown> {
  try {
    return guarded(await inContext(work, context), api, context, source);
  } catch (error) {
    throw asServiceError(error, source);
  }
}

/** Returns an answer; one that is a stream ends with its request, and converts its errors. */
function guarded(answer: unknown, api: AnyApi, context: Context, source: ErrorSource): unknown {
  if (!isStream(answer)) return answer;
  if (api.stream !== true) warnOfStream(api, source);
  return withErrors(untilAborted(answer, context.signal), source);
}

/** The APIs with streams that the documents do not know of. */
const unknownStreams = new WeakSet<AnyApi>();

/** Warns once that documents about the service are wrong. */
function warnOfStream(api: AnyApi, source: ErrorSource): void {
  if (unknownStreams.has(api)) return;
  unknownStreams.add(api);
  const text = "which documents such as /openapi.json do not say: it needs the option stream";
  log.warn("API {api} answers with a stream, {text}", { api: source.api, text });
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
