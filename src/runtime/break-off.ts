/**
 * breakOff(): an answer that ends in the middle, for servers behind @hono/node-server, which would
 * send the words of the error as the end of the answer, and print it.
 * @module
 */

/**
 * The same response, whose body never fails.
 *
 * @param cut ends the connection, or the stream on it
 */
export function breakOff({ body, status, headers }: Response, cut: () => void): Response {
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
          cut(); // which ends the reading of this, too
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return new Response(guarded, { status, headers });
}
