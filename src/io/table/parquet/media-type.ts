/**
 * The media type of Parquet, and the first bytes of its files. The code that reads and writes them
 * is loaded at the first use, since most services have no tables.
 * @module
 */

/** The registered media type. */
export const PARQUET_TYPE = "application/vnd.apache.parquet";

/** `PAR1` */
const MAGIC: readonly number[] = [0x50, 0x41, 0x52, 0x31];

/** Returns true for bytes that begin as a Parquet file. */
export function isParquet(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, at) => bytes[at] === byte);
}
