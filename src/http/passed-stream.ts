/**
 * passedStream(): a stream of the same bytes, whose end is reported.
 * @module
 */

/** The end of a stream: complete, by an error, or by the disconnect of its client. */
export type StreamEnd = "complete" | "failed" | "canceled";

/** The promise of the next part of a stream. */
export type ReadOf<T> = ReturnType<ReadableStreamDefaultReader<T>["read"]>;

/**
 * Returns a stream of what a reader reads. Nothing is read ahead.
 *
 * @param onEnd called when the stream has ended, with its error if it has failed
 * @param read reads the next part. Default: by the reader
 */
export function passedStream<T extends Uint8Array>(
  reader: ReadableStreamDefaultReader<T>,
  onEnd: (end: StreamEnd, error?: unknown) => void,
  read: () => ReadOf<T> = () => reader.read(),
): ReadableStream<T> {
  return new ReadableStream<T>(
    {
      async pull(controller) {
        try {
          const { done, value } = await read();
          if (!done) return controller.enqueue(value);
          controller.close();
          onEnd("complete");
        } catch (error) {
          onEnd("failed", error);
          controller.error(error);
        }
      },
      async cancel(reason) {
        onEnd("canceled");
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
