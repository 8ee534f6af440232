/**
 * transientBytes(): memory for messages that are soon sent and forgotten.
 * @module
 */

/** The memory from which small arrays are cut, and the largest of them. */
const SLAB_BYTES = 64 * 1024;
const SMALL_BYTES = 8 * 1024;

let slab = new Uint8Array(0);
let slabAt = 0;

/**
 * Allocates bytes that are soon sent and forgotten. Small ones share their memory with others,
 * which engines allocate and collect much faster than memory for each.
 */
export function transientBytes(length: number): Uint8Array<ArrayBuffer> {
  if (length > SMALL_BYTES) return new Uint8Array(length);
  if (slabAt + length > slab.length) {
    slab = new Uint8Array(SLAB_BYTES);
    slabAt = 0;
  }
  slabAt += length;
  return slab.subarray(slabAt - length, slabAt);
}
