/**
 * Bounds the wait for each part of an answer's body.
 * @module
 */

import { type Clock, within } from "../clock.ts";
import { passedStream, type ReadOf } from "../http/passed-stream.ts";

/** The bound, and the functions to call at it. */
export interface BodyBound {
  readonly clock: Clock;
  /** The longest wait for a part of the body, in milliseconds. */
  readonly timeoutMs: number;
  /** Aborted when a part takes longer, or cannot be received. */
  readonly stop: AbortController;
  /** Called once at the end, with the error if there was one. */
  readonly ended: (error?: unknown) => void;
}

/** The statuses of answers that have no body. */
const BODILESS: readonly number[] = [101, 204, 205, 304];

/** Returns an answer whose body ends with an error when it stops coming. */
export function boundedBody(answer: Response, bound: BodyBound): Response {
  const { status, statusText } = answer;
  const headers = new Headers(answer.headers);
  if (headers.has("content-encoding")) {
    // The body has been decompressed.
    headers.delete("content-encoding");
    headers.delete("content-length");
  }
  if (answer.body === null || BODILESS.includes(status)) {
    bound.ended();
    return new Response(null, { status, statusText, headers });
  }
  const reader = answer.body.getReader();
  const body = passedStream(
    reader,
    (_end, error) => bound.ended(error),
    () => readInTime(reader, bound),
  );
  return new Response(body, { status, statusText, headers });
}

/** Reads the next part of a body. @throws Error if it takes too long */
async function readInTime<T>(
  reader: ReadableStreamDefaultReader<T>,
  { clock, timeoutMs, stop }: BodyBound,
): ReadOf<T> {
  try {
    const late = `The server sent nothing for ${timeoutMs} ms`;
    return await within(reader.read(), timeoutMs, late, clock);
  } catch (error) {
    stop.abort(error);
    throw error;
  }
}
