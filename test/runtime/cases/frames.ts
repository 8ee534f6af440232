/** The envelopes of messages, which Connect, gRPC-Web and gRPC have alike. */

/** The flag of a compressed message. */
const COMPRESSED = 1;

/** Returns a message in an envelope: a byte of flags, its length, and its bytes. */
export function framed(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(5 + message.length);
  new DataView(frame.buffer).setUint32(1, message.length);
  frame.set(message, 5);
  return frame;
}

/** An envelope. */
export interface Frame {
  readonly flags: number;
  readonly bytes: Uint8Array;
}

/** Returns the envelopes in a body. @throws Error for one that is compressed */
export function framesOf(bytes: Uint8Array): readonly Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(1);
    const flags = bytes[at] ?? 0;
    if ((flags & COMPRESSED) !== 0) throw new Error("A message is compressed unasked");
    frames.push({ flags, bytes: bytes.subarray(at + 5, at + 5 + length) });
    at += 5 + length;
  }
  return frames;
}
