/**
 * Hash128: MurmurHash3 of 128 bits (x86), fed in pieces. It is fast on every runtime, and not safe
 * from people who look for collisions: compare what it found.
 *
 * @see https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp
 * @module
 */

const [C1, C2, C3, C4] = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93];
const BLOCK = 16;

/** A hash of bytes. */
export class Hash128 {
  #h1 = 0;
  #h2 = 0;
  #h3 = 0;
  #h4 = 0;
  #length = 0;
  /** The bytes that do not fill a block yet. */
  readonly #rest = new Uint8Array(BLOCK);
  #restLength = 0;

  /** Adds bytes. */
  update(bytes: Uint8Array): this {
    this.#length += bytes.length;
    let at = 0;
    if (this.#restLength > 0) {
      at = Math.min(BLOCK - this.#restLength, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#restLength);
      this.#restLength += at;
      if (this.#restLength < BLOCK) return this;
      this.#blocks(this.#rest, 0, BLOCK);
      this.#restLength = 0;
    }
    const end = bytes.length - ((bytes.length - at) % BLOCK);
    if (end > at) this.#blocks(bytes, at, end);
    this.#rest.set(bytes.subarray(end));
    this.#restLength = bytes.length - end;
    return this;
  }

  #blocks(bytes: Uint8Array, begin: number, end: number): void {
    const words = wordsOf(bytes, begin, end);
    let [h1, h2, h3, h4] = [this.#h1, this.#h2, this.#h3, this.#h4];
    for (let at = 0; at < words.length; at += 4) {
      h1 ^= Math.imul(rotate(Math.imul(words[at] as number, C1), 15), C2);
      h1 = (Math.imul((rotate(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0;
      h2 ^= Math.imul(rotate(Math.imul(words[at + 1] as number, C2), 16), C3);
      h2 = (Math.imul((rotate(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0;
      h3 ^= Math.imul(rotate(Math.imul(words[at + 2] as number, C3), 17), C4);
      h3 = (Math.imul((rotate(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0;
      h4 ^= Math.imul(rotate(Math.imul(words[at + 3] as number, C4), 18), C1);
      h4 = (Math.imul((rotate(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0;
    }
    [this.#h1, this.#h2, this.#h3, this.#h4] = [h1, h2, h3, h4];
  }

  /** Returns the hash as 32 hex digits. Nothing may be added after it. */
  digest(): string {
    const tail = new Uint8Array(BLOCK);
    tail.set(this.#rest.subarray(0, this.#restLength));
    const [k1 = 0, k2 = 0, k3 = 0, k4 = 0] = new Int32Array(tail.buffer);
    let h4 = this.#h4 ^ Math.imul(rotate(Math.imul(k4, C4), 18), C1);
    let h3 = this.#h3 ^ Math.imul(rotate(Math.imul(k3, C3), 17), C4);
    let h2 = this.#h2 ^ Math.imul(rotate(Math.imul(k2, C2), 16), C3);
    let h1 = this.#h1 ^ Math.imul(rotate(Math.imul(k1, C1), 15), C2);
    [h1, h2, h3, h4] = summed(...[h1, h2, h3, h4].map((h) => h ^ this.#length));
    [h1, h2, h3, h4] = summed(...[h1, h2, h3, h4].map(mixed));
    return [h1, h2, h3, h4].map((h) => (h >>> 0).toString(16).padStart(8, "0")).join("");
  }
}

function summed(h1 = 0, h2 = 0, h3 = 0, h4 = 0): [number, number, number, number] {
  const sum = (h1 + h2 + h3 + h4) | 0;
  return [sum, (h2 + sum) | 0, (h3 + sum) | 0, (h4 + sum) | 0];
}

function mixed(h: number): number {
  let mix = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35);
  return mix ^ (mix >>> 16);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** Returns the bytes as words, of the same memory where that is possible. */
function wordsOf(bytes: Uint8Array, begin: number, end: number): Int32Array {
  const at = bytes.byteOffset + begin;
  if (at % 4 === 0) return new Int32Array(bytes.buffer, at, (end - begin) >> 2);
  return new Int32Array(bytes.slice(begin, end).buffer);
}
