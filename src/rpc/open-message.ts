/**
 * OpenMessage: counts the received bytes of the incomplete message in a stream of messages.
 * @module
 */

/** The flags and the length before each message. */
const ENVELOPE_BYTES = 5;

/** The incomplete message at the end of the received bytes. */
export class OpenMessage {
  readonly #head = new Uint8Array(ENVELOPE_BYTES);
  /** The bytes received of it, with its flags and length. */
  bytes = 0;

  /** Adds the next received bytes. */
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

  /** The length of the message; 0 as long as it is unknown. */
  get #length(): number {
    return this.bytes < ENVELOPE_BYTES ? 0 : new DataView(this.#head.buffer).getUint32(1);
  }
}
