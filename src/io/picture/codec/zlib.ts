/**
 * Zlib: the runtime's own zlib, where it can be called synchronously.
 * @module
 */

/** zlib's functions. */
export interface Zlib {
  /**
   * Inflates a zlib stream (RFC 1950), and checks it.
   *
   * @throws the runtime's own error for a stream that is broken, ends early, or inflates to more
   *   than `maxLength` bytes
   */
  inflate(data: Uint8Array, maxLength: number): Uint8Array;
  /** Returns the CRC-32 of the bytes. */
  crc32(bytes: Uint8Array): number;
}
