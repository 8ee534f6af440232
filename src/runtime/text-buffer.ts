/**
 * TextBuffer: text that waits as bytes, in two blocks of memory that are used in turn. Encoding a
 * long text into new memory would take ten times as long, for the sake of that memory.
 * @module
 */

/** The most bytes of UTF-8 that one UTF-16 unit takes. */
const MAX_UNIT_BYTES = 3;

const encoder = new TextEncoder();

/** Text, encoded as UTF-8. */
export class TextBuffer {
  readonly #initialBytes: number;
  #bytes: Uint8Array;
  /** The memory of what was taken last: new memory costs more than to fill it. */
  #spare: Uint8Array;
  #length = 0;

  /** @param initialBytes half of the memory that it keeps */
  constructor(initialBytes: number) {
    this.#initialBytes = initialBytes;
    this.#bytes = new Uint8Array(initialBytes);
    this.#spare = new Uint8Array(initialBytes);
  }

  /** The number of bytes. */
  get length(): number {
    return this.#length;
  }

  add(text: string): void {
    const most = this.#length + text.length * MAX_UNIT_BYTES;
    if (most > this.#bytes.length) this.#grow(most);
    this.#length += encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written;
  }

  /** Returns the bytes, which stay as they are until the next call. It is empty afterwards. */
  take(): Uint8Array {
    const bytes = this.#bytes;
    const taken = bytes.subarray(0, this.#length);
    this.#bytes = this.#spare;
    this.#spare =
      bytes.length > 4 * this.#initialBytes ? new Uint8Array(this.#initialBytes) : bytes;
    this.#length = 0;
    return taken;
  }

  #grow(least: number): void {
    const larger = new Uint8Array(Math.max(least, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
