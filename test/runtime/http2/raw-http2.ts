/** HTTP/2 by hand, byte by byte, for what no client would send. RFC 9113, and 7541 for headers. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** Types of frames. */
export const TYPE = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const END_STREAM = 1;
export const ACK = 1;
export const END_HEADERS = 4;
export const PADDED = 8;

/** One frame. */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = new Uint8Array(),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export const SETTINGS: Buffer = frame(TYPE.settings, 0, 0);

/** 32 bits, such as an error code or a window. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export type Fields = readonly (readonly [name: string, value: string])[];

/** A header block: each field as a literal, without an index and without Huffman's code. */
export function block(fields: Fields): Buffer {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value, "latin1");
    return Buffer.concat([integer(bytes.length, 7), bytes]);
  };
  return Buffer.concat(
    fields.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]),
  );
}

/** An integer in HPACK, in a prefix of so many bits. */
function integer(value: number, bits: number): Buffer {
  const most = 2 ** bits - 1;
  if (value < most) return Buffer.from([value]);
  const bytes = [most];
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

/** The fields of a gRPC call; what is named here goes before, by name. */
export function callFields(path: string, changed: Readonly<Record<string, string>> = {}): Fields {
  const fields = {
    ":method": "POST",
    ":scheme": "http",
    ":path": path,
    ":authority": "localhost",
    "content-type": "application/grpc",
    te: "trailers",
    ...changed,
  };
  return Object.entries(fields);
}

/** A message in its envelope. */
export function envelope(message: Uint8Array, flags = 0, length = message.length): Buffer {
  return Buffer.concat([Buffer.from([flags]), uint32(length), message]);
}

/** The frames of a whole call. */
export function call(stream: number, fields: Fields, body: Uint8Array): Buffer {
  const pieces = [frame(TYPE.headers, END_HEADERS, stream, block(fields))];
  for (let at = 0; at < body.length; at += 16_384) {
    pieces.push(frame(TYPE.data, 0, stream, body.subarray(at, at + 16_384)));
  }
  pieces.push(frame(TYPE.data, END_STREAM, stream));
  return Buffer.concat(pieces);
}

/** A frame that has come in. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** A connection that keeps the frames it gets. */
export class RawConnection {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  closed = false;
  #rest: Buffer = Buffer.alloc(0);

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.socket.on("data", (chunk: Buffer) => this.#take(chunk));
    this.socket.on("error", () => {}); // reset by the server
    this.socket.on("close", () => {
      this.closed = true;
    });
  }

  /** Sends bytes; done when the system has them. */
  async send(...pieces: readonly Uint8Array[]): Promise<void> {
    if (this.socket.connecting) await once(this.socket, "connect");
    await new Promise<void>((resolve) => this.socket.write(Buffer.concat(pieces), () => resolve()));
  }

  /** Whether a frame of this kind has come. */
  got(type: number, stream?: number, flags = 0): boolean {
    return this.frames.some(
      (each) =>
        each.type === type &&
        (stream === undefined || each.stream === stream) &&
        (each.flags & flags) === flags,
    );
  }

  /** The bytes that have come of a stream. */
  bytesOf(stream: number): number {
    return this.frames
      .filter((each) => each.type === TYPE.data && each.stream === stream)
      .reduce((sum, { payload }) => sum + payload.length, 0);
  }

  #take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 9) {
      const end = 9 + this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < end) return;
      const [type = 0, flags = 0] = [this.#rest[3], this.#rest[4]];
      const stream = this.#rest.readUInt32BE(5);
      this.frames.push({ type, flags, stream, payload: this.#rest.subarray(9, end) });
      this.#rest = this.#rest.subarray(end);
    }
  }
}
