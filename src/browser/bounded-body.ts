/**
 * Bounds the wait for each part of an answer's body.
 * @module
 */

import type { Clock } from "../clock.ts";

/** The bound, and the functions to call at it. */
export interface BodyBound {
  readonly clock: Clock;
  /** The longest wait for a part of the body, in milliseconds. */
  readonly timeoutMs: number;
  /** Aborted when a part takes longer. */
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
  return new Response(boundedStream(answer.body.getReader(), bound), {
    status,
    statusText,
    headers,
  });
}

function boundedStream(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  { clock, timeoutMs, stop, ended }: BodyBound,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      const late = Promise.withResolvers<never>();
      const cancelTimer = clock.after(timeoutMs, () => {
        const error = new Error(`The server sent nothing for ${timeoutMs} ms`);
        late.reject(error);
        stop.abort(error);
      });
      try {
        const { done, value } = await Promise.race([reader.read(), late.promise]);
        if (!done) return controller.enqueue(value);
        controller.close();
        ended();
      } catch (error) {
        controller.error(error);
        ended(error);
      } finally {
        cancelTimer();
      }
    },
    async cancel(reason) {
      ended();
      await reader.cancel(reason);
    },
  });
}
