/**
 * The hybrid of run lengths and packed bits in which Parquet stores small whole numbers
 * (https://parquet.apache.org/docs/file-format/data-pages/encodings/). Hyparquet's own reader
 * allocates runs of any declared length, up to two billion.
 * @module
 */
import { badParquet } from "./bad-parquet.ts";

/**
 * Reads `count` whole numbers of `width` bits.
 *
 * @throws ServiceError `invalid_argument` if there are fewer
 */
export function readHybrid(bytes: Uint8Array, width: number, count: number): Uint32Array {
  if (width > 32) throw badParquet(`it has numbers of ${width} bits`);
  const numbers = new Uint32Array(count);
  const run = { at: 0 };
  for (let seen = 0; seen < count; ) {
    const head = readVarint(bytes, run);
    const wanted = count - seen;
    const length = Math.min(head & 1 ? (head >>> 1) * 8 : head >>> 1, wanted);
    if (head & 1) unpack(bytes, run.at, width, numbers.subarray(seen, seen + length));
    else numbers.fill(readNumber(bytes, run.at, width), seen, seen + length);
    run.at += head & 1 ? (head >>> 1) * width : Math.ceil(width / 8);
    seen += length;
  }
  return numbers;
}

function readVarint(bytes: Uint8Array, run: { at: number }): number {
  let value = 0;
  for (let shift = 0; shift < 32; shift += 7) {
    const byte = bytes[run.at++];
    if (byte === undefined) throw endsEarly();
    value |= (byte & 127) << shift;
    if (byte < 128) return value >>> 0;
  }
  throw badParquet("it has a run without end");
}

function readNumber(bytes: Uint8Array, at: number, width: number): number {
  const size = Math.ceil(width / 8);
  if (at + size > bytes.length) throw endsEarly();
  let value = 0;
  for (let byte = 0; byte < size; byte++) value += (bytes[at + byte] ?? 0) * 2 ** (8 * byte);
  return value;
}

/** Fills an array with numbers of `width` bits, the lowest bits of each byte first. */
function unpack(bytes: Uint8Array, begin: number, width: number, numbers: Uint32Array): void {
  if (begin + Math.ceil((numbers.length * width) / 8) > bytes.length) throw endsEarly();
  const bound = 2 ** width;
  let at = begin;
  // Up to 39 bits, more than bitwise operators have.
  let rest = 0;
  let bits = 0;
  for (let index = 0; index < numbers.length; index++) {
    while (bits < width) {
      rest += (bytes[at++] ?? 0) * 2 ** bits;
      bits += 8;
    }
    numbers[index] = rest % bound;
    rest = Math.floor(rest / bound);
    bits -= width;
  }
}

function endsEarly(): Error {
  return badParquet("a page ends before its values do");
}
