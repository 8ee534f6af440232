/**
 * Joins bytes, aligned in memory for tensors, and slices them for streams.
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

/** The size of the largest element of a tensor. Memory begins at a multiple of it. */
const ALIGNMENT = 8;

/**
 * Allocates bytes, with a position among them aligned in memory: the elements of a tensor that
 * begin there need no copy.
 */
export function alignedBytes(length: number, alignedAt: number): Uint8Array<ArrayBuffer> {
  const start = (ALIGNMENT - (alignedAt % ALIGNMENT)) % ALIGNMENT;
  const memory = new Uint8Array(start + length);
  return start === 0 ? memory : memory.subarray(start);
}

/**
 * Returns all pieces as one new array, in their order.
 *
 * @param alignedAt the position that is aligned in memory. Default 0
 */
export function joinBytes(pieces: readonly Uint8Array[], alignedAt = 0): Uint8Array<ArrayBuffer> {
  const joined = alignedBytes(lengthOf(pieces), alignedAt);
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
