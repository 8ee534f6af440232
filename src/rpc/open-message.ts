/**
 * OpenMessage: the number of bytes received of an incomplete message, in a stream of messages.
 * @module
 */

/** The length of an envelope's head: the flags and the length of the message. */
export const ENVELOPE_BYTES = 5;

/** The last message of a stream, which may be incomplete. */
export class OpenMessage {
  readonly #head = new Uint8Array(ENVELOPE_BYTES);
  /** The bytes received of it, its head included; 0 between two messages. */
  bytes = 0;

  /** Takes the next bytes of the stream into account. */
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

  /** The length of the message; 0 until its head is complete. */
  get #length(): number {
    return this.bytes < ENVELOPE_BYTES ? 0 : new DataView(this.#head.buffer).getUint32(1);
  }
}
