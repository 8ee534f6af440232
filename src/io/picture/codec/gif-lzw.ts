/**
 * The LZW coding of GIF (appendix F of its specification): codes from the low bits up.
 * @module
 */

const MAX_BITS = 12;
const MAX_CODES = 1 << MAX_BITS;

/**
 * Decodes as many indices as there are pixels, and ignores what follows.
 *
 * @param codeBits the bits of an index
 * @throws Error where a code is wrong or the data ends before the last pixel
 */
export function decodeLzw(coded: Uint8Array, codeBits: number, length: number): Uint8Array {
  if (codeBits > MAX_BITS - 1) throw new Error(`it has codes of ${codeBits + 1} bits`);
  const indices = new Uint8Array(length);
  const clear = 1 << codeBits;
  const end = clear + 1;
  // A code stands for the string of the code before it and one more index.
  const before = new Uint16Array(MAX_CODES);
  const last = new Uint8Array(MAX_CODES);
  const lengths = new Uint16Array(MAX_CODES).fill(1);
  for (let code = 0; code < clear; code += 1) last[code] = code;
  let bits = codeBits + 1;
  let next = clear + 2;
  /** The previous code; -1 directly after a clear code. */
  let previous = -1;
  let buffer = 0;
  let buffered = 0;
  let from = 0;
  let to = 0;
  while (to < length) {
    while (buffered < bits) {
      const byte = coded[from];
      if (byte === undefined) throw new Error("its pixel data ends early");
      buffer |= byte << buffered;
      buffered += 8;
      from += 1;
    }
    const code = buffer & ((1 << bits) - 1);
    buffer >>>= bits;
    buffered -= bits;
    if (code === clear) {
      bits = codeBits + 1;
      next = clear + 2;
      previous = -1;
      continue;
    }
    if (code === end) throw new Error("its pixel data ends early");
    if (code > (previous === -1 ? clear : next) || code >= MAX_CODES) {
      throw new Error("its pixel data is broken");
    }
    if (previous === -1) {
      indices[to] = code;
      to += 1;
    } else {
      // A code about to be defined: the previous string, followed by its own first index.
      const known = code < next;
      const string = known ? code : previous;
      const size = lengths[string] as number;
      let at = to + size;
      let first = 0;
      for (let part = string, left = size; left > 0; left -= 1) {
        first = last[part] as number;
        at -= 1;
        if (at < length) indices[at] = first;
        part = before[part] as number;
      }
      to += size;
      if (!known) {
        if (to < length) indices[to] = first;
        to += 1;
      }
      if (next < MAX_CODES) {
        before[next] = previous;
        last[next] = first;
        lengths[next] = (lengths[previous] as number) + 1;
        next += 1;
        if (next === 1 << bits && bits < MAX_BITS) bits += 1;
      }
    }
    previous = code;
  }
  return indices;
}
