/**
 * Joins bytes, and slices them for streams.
 * @module
 */

/** Returns the length of all pieces together. */
export function lengthOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

/** Writes the pieces into `target`, one after the other. */
export function writeBytes(pieces: readonly Uint8Array[], target: Uint8Array): void {
  let at = 0;
  for (const piece of pieces) {
    target.set(piece, at);
    at += piece.length;
  }
}

/** Returns all pieces as one new array, in their order. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(lengthOf(pieces));
  writeBytes(pieces, joined);
  return joined;
}

/**
 * The number of compressed bytes that are inflated at once. Some runtimes output the whole result
 * in one piece: at most 4 MiB, since deflate makes at most 1032 bytes of one.
 */
export const INFLATE_SLICE_BYTES = 4096;

/** Returns a stream of slices of `length` bytes, each a copy. */
export function slices(bytes: Uint8Array, length: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at < bytes.length) controller.enqueue(bytes.slice(at, at + length));
      at += length;
      if (at >= bytes.length) controller.close();
    },
  });
}
