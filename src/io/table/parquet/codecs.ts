/**
 * The compressions of Parquet's pages. Each page declares its uncompressed length, a strict bound.
 * @module
 */
import { decompress as unzstd } from "fzstd";
import type { CompressionCodec } from "hyparquet/src/types.js";
import { badParquet } from "./bad-parquet.ts";
import { unlz4, unlz4Legacy } from "./lz4.ts";
import { unsnappy } from "./snappy.ts";

/** The compressed bytes of one step, which inflate to at most a thousand times as many. */
const SLICE_BYTES = 4096;

/**
 * Decompresses a page into its own memory.
 *
 * @param length the length that the result must have
 * @throws Error for damaged bytes; ServiceError `invalid_argument` for an unsupported compression
 */
export async function decompress(
  codec: CompressionCodec,
  bytes: Uint8Array,
  length: number,
): Promise<Uint8Array> {
  switch (codec) {
    case "UNCOMPRESSED":
      // A copy, so that a decoder that reads beyond the page finds no other memory. `slice()` of a
      // Node buffer would not copy.
      return exactly(new Uint8Array(bytes), length);
    case "SNAPPY":
      return unsnappy(bytes, length);
    case "GZIP":
      return await gunzip(bytes, length);
    case "ZSTD":
      // The decoder drops output beyond its buffer without an error.
      if ((zstdSize(bytes) ?? length) !== length) throw badParquet("a page is of another length");
      return exactly(unzstd(bytes, new Uint8Array(length)), length);
    case "LZ4_RAW":
      return unlz4(bytes, length);
    case "LZ4":
      return unlz4Legacy(bytes, length);
    default:
      throw badParquet(
        `its compression is ${codec}: write it with snappy, gzip, zstd, lz4 or none of them`,
      );
  }
}

function exactly(page: Uint8Array, length: number): Uint8Array {
  if (page.length === length) return page;
  throw badParquet(`a page has ${page.length} bytes, but says ${length}`);
}

/** Returns the length that a Zstandard frame declares, if any (RFC 8878, section 3.1.1.1). */
function zstdSize(bytes: Uint8Array): number | undefined {
  const flags = bytes[4] ?? 0;
  const isSingle = (flags >> 5) & 1;
  const sizeOfId = [0, 1, 2, 4][flags & 3] ?? 0;
  const sizeOfSize = [isSingle, 2, 4, 8][flags >> 6] ?? 0;
  if (sizeOfSize === 0) return undefined;
  const begin = 6 - isSingle + sizeOfId;
  const field = bytes.subarray(begin, begin + sizeOfSize);
  const size = field.reduceRight((sum, byte) => sum * 256 + byte, 0);
  return sizeOfSize === 2 ? size + 256 : size;
}

async function gunzip(bytes: Uint8Array, length: number): Promise<Uint8Array> {
  let at = 0;
  const slices = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (at < bytes.length) controller.enqueue(bytes.slice(at, at + SLICE_BYTES));
      at += SLICE_BYTES;
      if (at >= bytes.length) controller.close();
    },
  });
  const page = new Uint8Array(length);
  let filled = 0;
  // Leaving the loop cancels the stream.
  for await (const piece of slices.pipeThrough(new DecompressionStream("gzip"))) {
    if (filled + piece.length > length) throw badParquet(`a page has more than ${length} bytes`);
    page.set(piece, filled);
    filled += piece.length;
  }
  return exactly(page.subarray(0, filled), length);
}
