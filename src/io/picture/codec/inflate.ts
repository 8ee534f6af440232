/**
 * Inflation of a zlib stream in steps, after each of which the reader may stop.
 * @module
 */

/** The input of one step, which inflates at most 1032 to 1: to 16 MiB. */
const SLICE_BYTES = 16 * 1024;

/**
 * Yields the inflated pieces of a zlib stream. At most one slice of the data is inflated ahead of
 * the reader.
 *
 * @throws the runtime's own error for a stream that is broken or ends early
 */
export async function* inflate(data: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  const stream = new DecompressionStream("deflate");
  // The reader gets an error of the writer too, and reports it.
  feed(stream.writable.getWriter(), data).catch(() => undefined);
  const reader = stream.readable.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

async function feed(
  writer: ReturnType<DecompressionStream["writable"]["getWriter"]>,
  data: Uint8Array,
): Promise<void> {
  for (let at = 0; at < data.length; at += SLICE_BYTES) {
    // Awaited, so that no more is inflated before the reader has taken the last piece.
    await writer.write(data.slice(at, at + SLICE_BYTES));
  }
  await writer.close();
}
