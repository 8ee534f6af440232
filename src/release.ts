/**
 * release(): gives the memory of bytes back at once.
 * @module
 */

/**
 * Frees memory that nobody uses any more; every view of it is empty afterwards. Collectors count
 * such memory, and look for garbage in the whole heap after some tens of MB of it, which takes
 * longer than all the rest of a request with a large tensor.
 */
export function release(memory: ArrayBufferLike): void {
  // Old browsers lack it. Memory that is free already has no bytes.
  if (memory instanceof ArrayBuffer && memory.byteLength > 0) memory.transfer?.(0);
}
