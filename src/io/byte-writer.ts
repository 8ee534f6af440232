/**
 * ByteWriter: encodes texts as UTF-8, piece by piece.
 * @module
 */

/** A growing buffer of UTF-8. */
export class ByteWriter {
  readonly #encoder = new TextEncoder();
  #bytes = new Uint8Array(1024);
  #length = 0;

  /** Appends text. */
  text(text: string): void {
    this.#reserve(3 * text.length); // the most bytes that it can take
    const { written } = this.#encoder.encodeInto(text, this.#bytes.subarray(this.#length));
    this.#length += written;
  }

  /** Appends the length in bytes of a text, as a little-endian `uint32`, and the text. */
  sizedText(text: string): void {
    this.#reserve(4 + 3 * text.length);
    const start = this.#length + 4;
    const { written } = this.#encoder.encodeInto(text, this.#bytes.subarray(start));
    new DataView(this.#bytes.buffer).setUint32(this.#length, written, true);
    this.#length = start + written;
  }

  /** Returns everything that was written. */
  finish(): Uint8Array<ArrayBuffer> {
    const isSmall = this.#length < this.#bytes.length / 2;
    return isSmall ? this.#bytes.slice(0, this.#length) : this.#bytes.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
