/**
 * Snappy's block format (https://github.com/google/snappy/blob/main/format_description.txt).
 * Hyparquet's decoder continues past the end of its output: for seconds, on a crafted page.
 * @module
 */
import { badParquet } from "./bad-parquet.ts";
import { copyBack } from "./copy-back.ts";

/**
 * Decompresses a block.
 *
 * @param length the length of the output, in bytes
 */
export function unsnappy(block: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length);
  let filled = 0;
  let at = 0;
  const read = (size: number): number => {
    let number = 0;
    for (let byte = 0; byte < size; byte++) number += (block[at++] ?? Number.NaN) * 2 ** (8 * byte);
    return number;
  };
  // Skips the length, which the page's header has as well.
  while ((block[at++] ?? 0) >= 128);
  while (at < block.length) {
    const tag = block[at++] ?? 0;
    const high = tag >> 2;
    if ((tag & 3) === 0) {
      const size = (high < 60 ? high : read(high - 59)) + 1;
      if (!(at + size <= block.length && filled + size <= length)) throw damaged();
      output.set(block.subarray(at, at + size), filled);
      at += size;
      filled += size;
    } else if ((tag & 3) === 1) {
      filled = copyBack(output, filled, (tag >> 5) * 256 + read(1), (high & 7) + 4);
    } else {
      filled = copyBack(output, filled, read((tag & 3) === 2 ? 2 : 4), high + 1);
    }
  }
  if (filled !== length) throw damaged();
  return output;
}

function damaged(): Error {
  return badParquet("a page of it is damaged (Snappy)");
}
