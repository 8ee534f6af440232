/**
 * abortOnError(): aborts the connection of an answer whose body fails. @hono/node-server would send
 * the message of the error as the end of the answer, and print it.
 * @module
 */

/**
 * Returns the same response with a body that never fails.
 *
 * @param abort ends the connection, or the stream on it
 */
export function abortOnError({ body, status, headers }: Response, abort: () => void): Response {
  if (body === null) return new Response(null, { status, headers });
  const reader = body.getReader();
  const guarded = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch {
          abort(); // which also ends the reading of this body
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return new Response(guarded, { status, headers });
}
