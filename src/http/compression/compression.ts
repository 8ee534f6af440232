/**
 * Compression: the interface to the compression and decompression of bodies.
 * @module
 */

/** The compression of a body. HTTP calls zlib's format (RFC 1950) `deflate`. */
export type BodyFormat = "gzip" | "deflate";

/**
 * Decompresses a body.
 *
 * @param maxBytes the largest size of the result
 * @returns the bytes; `"too large"` as soon as there are more than `maxBytes`
 * @throws an Error with any message for bytes that are not of the format, or have data after it
 */
export type Decompress = (
  format: BodyFormat,
  bytes: Uint8Array,
  maxBytes: number,
) => Promise<Uint8Array | "too large">;

/** Compresses a body. */
export type Compress = (format: BodyFormat, bytes: Uint8Array) => Promise<Uint8Array>;

/** Returns true for the header of RFC 1950, which some senders omit and browsers do not need. */
export function isZlib([first = 0, second = 0]: Uint8Array): boolean {
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}
