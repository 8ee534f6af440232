/**
 * Strings from their UTF-8. Most strings of messages are short, and a call of a `TextDecoder` costs
 * more than all the rest of one.
 * @module
 */

/** The methods of the buffers of Bun, Deno and Node, which take offsets instead of views. */
interface Slices {
  latin1Slice(start: number, end: number): string;
  /** Replaces what is not UTF-8 by U+FFFD. */
  utf8Slice(start: number, end: number): string;
}

/** Bytes with their strings; undefined where there are no buffers. */
type Texts = Uint8Array & Partial<Slices>;

const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const REPLACEMENT = "\ufffd";

/** The longest strings whose bytes are looked at one by one. */
const SHORT_BYTES = 48;

/** The bytes of the first window, and the most of one: a string keeps its window in memory. */
const FIRST_WINDOW_BYTES = 128;
const MAX_WINDOW_BYTES = 4096;

/** The number of keys that are kept, and the length of the longest. */
const KEYS = 512;
const KEY_BYTES = 32;

/** A key of objects. Few different ones make up most strings of JSON. */
interface Key {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** The last key of each hash. */
const keys: (Key | undefined)[] = new Array<Key | undefined>(KEYS).fill(undefined);

/** Reads the strings of a message. */
export class TextReader {
  // Not `#`: Bun reads such fields several times slower in loops.
  private readonly bytes: Texts;
  /** Some bytes as characters, and where they are. */
  private window = "";
  private from = 0;
  private to = 0;
  /** The bytes of the next window. Messages with one short string need no large one. */
  private windowBytes = FIRST_WINDOW_BYTES;

  constructor(bytes: Uint8Array) {
    this.bytes = textsOf(bytes);
  }

  /** @throws TypeError for what is not UTF-8 */
  read(start: number, end: number): string {
    const { bytes } = this;
    if (bytes.utf8Slice === undefined) return STRICT.decode(bytes.subarray(start, end));
    if (end - start <= SHORT_BYTES) {
      let at = start;
      while (at < end && (bytes[at] as number) < 0x80) at += 1;
      if (at === end) return this.ascii(start, end);
    }
    const text = bytes.utf8Slice(start, end);
    // Either the string has the character itself, or it is not UTF-8.
    return text.includes(REPLACEMENT) ? STRICT.decode(bytes.subarray(start, end)) : text;
  }

  /** Reads a string that may have been read before. @throws TypeError for what is not UTF-8 */
  readKey(start: number, end: number): string {
    const { bytes } = this;
    const length = end - start;
    if (length === 0 || length > KEY_BYTES) return this.read(start, end);
    const first = bytes[start] as number;
    const middle = bytes[start + (length >> 1)] as number;
    const last = bytes[end - 1] as number;
    const slot = (length * 7 + first * 31 + middle * 17 + last * 131) % KEYS;
    const known = keys[slot];
    if (known !== undefined && known.bytes.length === length) {
      let at = 0;
      while (at < length && known.bytes[at] === bytes[start + at]) at += 1;
      if (at === length) return known.text;
    }
    const text = this.read(start, end);
    keys[slot] = { bytes: new Uint8Array(bytes.subarray(start, end)), text };
    return text;
  }

  /** Cuts a string out of a longer one, which costs half as much as to read it alone. */
  private ascii(start: number, end: number): string {
    if (start < this.from || end > this.to) {
      this.from = start;
      this.to = Math.min(this.bytes.length, start + this.windowBytes);
      this.windowBytes = Math.min(MAX_WINDOW_BYTES, 4 * this.windowBytes);
      this.window = this.bytes.latin1Slice?.(this.from, this.to) ?? "";
    }
    return this.window.substring(start - this.from, end - this.from);
  }
}

/** Returns bytes with the methods to read strings, where there are any. */
function textsOf(bytes: Uint8Array): Texts {
  if ((bytes as Texts).utf8Slice !== undefined) return bytes;
  const { Buffer: buffers } = globalThis as {
    readonly Buffer?: { from(buffer: ArrayBufferLike, from: number, length: number): Texts };
  };
  return buffers?.from(bytes.buffer, bytes.byteOffset, bytes.length) ?? bytes;
}
