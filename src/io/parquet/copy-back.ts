/**
 * Back-references, of which the compressions of the LZ77 family are made.
 * @module
 */
import { badParquet } from "./bad-parquet.ts";

/**
 * Copies a part of an output to its end; the two may overlap.
 *
 * @param filled the length of the output so far
 * @param offset the distance from there back to the part
 * @returns the length of the output with the copy
 * @throws ServiceError `invalid_argument` for a part before the output, or a copy beyond its end
 */
export function copyBack(output: Uint8Array, filled: number, offset: number, size: number): number {
  const end = filled + size;
  if (!(offset > 0 && offset <= filled && end <= output.length)) {
    throw badParquet("a page of it is damaged (a reference out of its bounds)");
  }
  for (let at = filled; at < end; at++) output[at] = output[at - offset] as number;
  return end;
}
