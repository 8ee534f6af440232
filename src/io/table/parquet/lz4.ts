/**
 * LZ4's block format (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md).
 * @module
 */
import { badParquet } from "./bad-parquet.ts";
import { copyBack } from "./copy-back.ts";

/**
 * Decompresses a block.
 *
 * @param length the length of the output, in bytes
 */
export function unlz4(block: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length);
  let at = 0;
  let filled = 0;
  const readLength = (nibble: number): number => {
    let sum = nibble;
    if (nibble < 15) return sum;
    for (let byte = 255; byte === 255; ) {
      byte = block[at++] ?? Number.NaN;
      sum += byte;
    }
    return sum;
  };
  while (at < block.length) {
    const token = block[at++] ?? 0;
    const literals = readLength(token >> 4);
    if (!(at + literals <= block.length && filled + literals <= length)) throw damaged();
    output.set(block.subarray(at, at + literals), filled);
    at += literals;
    filled += literals;
    // The last sequence has only literals.
    if (at === block.length) break;
    const offset = (block[at] ?? 0) + (block[at + 1] ?? 0) * 256;
    at += 2;
    filled = copyBack(output, filled, offset, readLength(token & 15) + 4);
  }
  if (filled !== length) throw damaged();
  return output;
}

/**
 * Decompresses a page of Parquet's deprecated LZ4 codec: blocks in Hadoop's framing, each after its
 * uncompressed and compressed length (big-endian), or a single block.
 */
export function unlz4Legacy(page: Uint8Array, length: number): Uint8Array {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  const blocks: Uint8Array[] = [];
  let filled = 0;
  for (let at = 0; at + 8 <= page.length; ) {
    const unpacked = view.getUint32(at);
    const packed = view.getUint32(at + 4);
    at += 8;
    filled += unpacked;
    if (filled > length || at + packed > page.length) return unlz4(page, length);
    blocks.push(unlz4(page.subarray(at, at + packed), unpacked));
    at += packed;
  }
  if (filled !== length) return unlz4(page, length);
  const output = new Uint8Array(length);
  blocks.reduce((at, block) => {
    output.set(block, at);
    return at + block.length;
  }, 0);
  return output;
}

function damaged(): Error {
  return badParquet("a page of it is damaged (LZ4)");
}
