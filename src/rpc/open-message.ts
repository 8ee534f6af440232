/**
 * OpenMessage: how much has come of the message that has begun, in a stream of messages.
 * @module
 */

/** The flags and the length before each message. */
const ENVELOPE_BYTES = 5;

/** The message that has begun. */
export class OpenMessage {
  readonly #head = new Uint8Array(ENVELOPE_BYTES);
  /** Its flags, its length and itself, as far as they have come. */
  bytes = 0;

  /** Goes on by the bytes that have come next. */
  add(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      const left = ENVELOPE_BYTES + this.#length - this.bytes;
      const taken = Math.min(left, chunk.length - at);
      if (this.bytes < ENVELOPE_BYTES) this.#head.set(chunk.subarray(at, at + taken), this.bytes);
      at += taken;
      this.bytes += taken;
      if (this.bytes === ENVELOPE_BYTES + this.#length) this.bytes = 0;
    }
  }

  /** Of the message; 0 as long as it is not known. */
  get #length(): number {
    return this.bytes < ENVELOPE_BYTES ? 0 : new DataView(this.#head.buffer).getUint32(1);
  }
}
