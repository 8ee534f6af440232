/**
 * Back-references, as in the compressions of the LZ77 family.
 * @module
 */
import { badParquet } from "./bad-parquet.ts";

/**
 * Appends a copy of an earlier part of the output; the two may overlap.
 *
 * @param filled the length of the output so far
 * @param offset the distance from the end back to that part
 * @returns the new length of the output
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
