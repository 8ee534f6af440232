/**
 * Joining bytes.
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
