/**
 * The lossless compressions of TIFF: PackBits, LZW and Deflate ("TIFF, Revision 6.0",
 * sections 9 and 13, and Adobe's Photoshop technical notes).
 * @module
 */

import { inflate } from "./inflate.ts";

const EARLY = "its pixel data ends early";
const BROKEN = "its pixel data is broken";

const NAMES: ReadonlyMap<number, string> = new Map([
  [2, "CCITT"],
  [3, "CCITT"],
  [4, "CCITT"],
  [6, "JPEG"],
  [7, "JPEG"],
  [34925, "LZMA"],
  [50000, "Zstandard"],
  [50001, "WebP"],
]);

/**
 * Decompresses a strip or tile to the given number of bytes; any more are ignored.
 *
 * @throws Error if there are fewer, or the compression is not supported
 */
export async function decompress(
  data: Uint8Array,
  compression: number,
  length: number,
): Promise<Uint8Array> {
  switch (compression) {
    case 1:
      if (data.length < length) throw new Error(EARLY);
      return data.slice(0, length);
    case 5:
      return expandLzw(data, length);
    case 8:
    case 32946:
      return await inflateAll(data, length);
    case 32773:
      return expandPackBits(data, length);
    default: {
      const name = NAMES.get(compression) ?? "of an unknown kind";
      throw new Error(`it has compression ${compression} (${name}), which is not supported`);
    }
  }
}

async function inflateAll(data: Uint8Array, length: number): Promise<Uint8Array> {
  const whole = new Uint8Array(length);
  let to = 0;
  if (length === 0) return whole;
  try {
    for await (const piece of inflate(data)) {
      whole.set(piece.subarray(0, length - to), to);
      to += Math.min(piece.length, length - to);
      if (to === length) return whole;
    }
  } catch (cause) {
    throw new Error(BROKEN, { cause });
  }
  throw new Error(EARLY);
}

function expandPackBits(data: Uint8Array, length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let to = 0;
  for (let at = 0; to < length; ) {
    const head = data[at];
    if (head === undefined) throw new Error(EARLY);
    at += 1;
    if (head < 128) {
      const literal = data.subarray(at, at + Math.min(head + 1, length - to));
      if (literal.length < Math.min(head + 1, length - to)) throw new Error(EARLY);
      whole.set(literal, to);
      to += literal.length;
      at += head + 1;
    } else if (head > 128) {
      const byte = data[at];
      if (byte === undefined) throw new Error(EARLY);
      whole.fill(byte, to, to + 257 - head);
      to += 257 - head;
      at += 1;
    }
  }
  return whole;
}

const CLEAR = 256;
const END = 257;
const MAX_CODES = 4096;

/** Expands LZW with the high bits first, whose codes become longer one code earlier. */
function expandLzw(data: Uint8Array, length: number): Uint8Array {
  const whole = new Uint8Array(length);
  // A code is the offset and the number of bytes that were written before.
  const starts = new Uint32Array(MAX_CODES);
  const lengths = new Uint16Array(MAX_CODES);
  let bits = 9;
  let next = END + 1;
  let previous: { readonly start: number; readonly length: number } | undefined;
  let buffer = 0;
  let buffered = 0;
  let from = 0;
  for (let to = 0; to < length; ) {
    while (buffered < bits) {
      const byte = data[from];
      if (byte === undefined) throw new Error(EARLY);
      buffer = ((buffer << 8) | byte) & 0xffffff;
      buffered += 8;
      from += 1;
    }
    buffered -= bits;
    const code = (buffer >>> buffered) & ((1 << bits) - 1);
    if (code === END) throw new Error(EARLY);
    if (code === CLEAR) {
      bits = 9;
      next = END + 1;
      previous = undefined;
      continue;
    }
    const start = to;
    if (code < CLEAR) {
      whole[to] = code;
      to += 1;
    } else {
      if (previous === undefined || code > next || code >= MAX_CODES) throw new Error(BROKEN);
      // A code about to be defined is the previous string and its own first byte, which follows it
      // in the output.
      const known = code < next;
      const source = known ? (starts[code] as number) : previous.start;
      const size = known ? (lengths[code] as number) : previous.length + 1;
      for (let at = source; at < source + size && to < length; at += 1, to += 1) {
        whole[to] = whole[at] as number;
      }
    }
    if (previous !== undefined && next < MAX_CODES) {
      starts[next] = previous.start;
      lengths[next] = previous.length + 1;
      next += 1;
    }
    if (next + 1 >= 1 << bits && bits < 12) bits += 1;
    previous = { start, length: to - start };
  }
  return whole;
}
