/**
 * SendWindow: the flow-control window of a connection, for Deno before 2.9.4. There, `write()` on
 * an HTTP/2 stream never reports that bytes wait, and buffers them without a bound (denoland/deno
 * pull request 36044). So the client's frames are read here too, for their window updates
 * (RFC 9113, sections 5.2 and 6.9), and answers wait until the window is open.
 * @module
 */

import type { ServerHttp2Session, ServerHttp2Stream } from "node:http2";

const FRAME_HEAD_BYTES = 9;
const PREFACE_BYTES = 24;
const [HEADERS, SETTINGS, WINDOW_UPDATE] = [1, 4, 8];
const INITIAL_WINDOW_SIZE = 4;

const INITIAL_WINDOW_BYTES = 65_535;

/** The largest frame by default, which is more than SETTINGS and WINDOW_UPDATE need. */
const MAX_FRAME_BYTES = FRAME_HEAD_BYTES + 16_384;

/** The bytes that may wait in the socket of the connection. */
const MAX_SOCKET_BYTES = 1024 * 1024;

/** The send window of one stream. */
interface StreamWindow {
  /** The bytes that the client has granted beyond the initial window, minus the bytes written. */
  balance: number;
  /** Wakes the waiting writer. */
  resume: (() => void) | undefined;
}

/** The flow control of one connection, in the direction of the client. */
export class SendWindow {
  readonly #session: ServerHttp2Session;
  readonly #streams = new Map<number, StreamWindow>();
  readonly #maxStreams: number;
  #initialWindow = INITIAL_WINDOW_BYTES;
  /** The window of the connection, less all bytes that were written: never more than is open. */
  #connectionWindow = INITIAL_WINDOW_BYTES;
  #lastStream = 0;
  /** The start of a frame, and how many bytes to leave out before it. */
  #rest: Buffer = Buffer.alloc(0);
  #skip = PREFACE_BYTES;

  constructor(session: ServerHttp2Session, maxStreams: number) {
    this.#session = session;
    this.#maxStreams = maxStreams;
    session.socket.on("data", (chunk: Buffer) => this.#read(chunk));
    session.socket.on("drain", () => this.#resumeSoon());
  }

  /** Makes `write()` of a stream return false while it must wait, and emit "drain" afterwards. */
  guard(stream: ServerHttp2Stream): void {
    const id = stream.id ?? 0;
    const window = this.#streams.get(id) ?? { balance: 0, resume: undefined };
    this.#streams.set(id, window);
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    const emit = stream.emit.bind(stream) as (...args: unknown[]) => boolean;
    const wait = (): false => {
      stream.emit = (event: string | symbol, ...args: unknown[]) =>
        event === "drain" && window.resume !== undefined ? false : emit(event, ...args);
      window.resume = () => emit("drain");
      return false;
    };
    stream.write = (chunk: Uint8Array | string, ...rest: unknown[]) => {
      const size = Buffer.byteLength(chunk);
      window.balance -= size;
      this.#connectionWindow -= size;
      const taken = write(chunk, ...rest);
      return this.#isFull(window) ? wait() : taken;
    };
    stream.once("close", () => {
      this.#streams.delete(id);
      // What the closed streams had written is sent, or never will be.
      if (this.#streams.size === 0 && this.#connectionWindow <= 0) {
        this.#connectionWindow = this.#openBytes;
      }
    });
  }

  /** The window of the connection. To ask the session for it costs as much as a small write. */
  get #openBytes(): number {
    return this.#session.state.remoteWindowSize ?? 1;
  }

  #isFull({ balance }: StreamWindow): boolean {
    const { socket } = this.#session;
    return (
      this.#initialWindow + balance <= 0 ||
      (this.#connectionWindow <= 0 && this.#openBytes <= 0) ||
      socket.writableLength > MAX_SOCKET_BYTES
    );
  }

  /** Wakes the writers that have room, once the session itself has read the same bytes. */
  #resumeSoon(): void {
    setImmediate(() => {
      if (this.#session.destroyed) return;
      for (const stream of this.#streams.values()) {
        if (stream.resume === undefined || this.#isFull(stream)) continue;
        const { resume } = stream;
        stream.resume = undefined;
        resume();
      }
    });
  }

  #read(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (bytes.length > 0) {
      const skipped = bytes.subarray(0, this.#skip).length;
      this.#skip -= skipped;
      bytes = bytes.subarray(skipped);
      if (bytes.length < FRAME_HEAD_BYTES) break;
      const type = bytes[3];
      const end = FRAME_HEAD_BYTES + bytes.readUIntBE(0, 3);
      if (type === HEADERS) this.#open(bytes.readUInt32BE(5));
      if (type !== SETTINGS && type !== WINDOW_UPDATE) this.#skip = end;
      else if (end > MAX_FRAME_BYTES) return this.#session.destroy();
      else if (bytes.length < end) break;
      else {
        this.#readFrame(bytes.subarray(0, end));
        bytes = bytes.subarray(end);
      }
    }
    this.#rest = Buffer.from(bytes);
  }

  /** Adds a stream. Identifiers increase: HEADERS of an earlier stream are its trailers. */
  #open(id: number): void {
    if (id <= this.#lastStream) return;
    this.#lastStream = id;
    this.#streams.set(id, { balance: 0, resume: undefined });
    // Malformed requests reach no handler and stay here, so too many of them end the connection.
    if (this.#streams.size > this.#maxStreams) this.#session.destroy();
  }

  /** Applies the window updates of a whole frame. */
  #readFrame(frame: Buffer): void {
    if (frame[3] === WINDOW_UPDATE && frame.length === FRAME_HEAD_BYTES + 4) {
      const id = frame.readUInt32BE(5);
      const stream = this.#streams.get(id);
      const bytes = frame.readUInt32BE(FRAME_HEAD_BYTES);
      if (stream !== undefined) stream.balance += bytes;
      if (id === 0) this.#connectionWindow += bytes;
    }
    if (frame[3] === SETTINGS) {
      for (let at = FRAME_HEAD_BYTES; at + 6 <= frame.length; at += 6) {
        if (frame.readUInt16BE(at) !== INITIAL_WINDOW_SIZE) continue;
        this.#initialWindow = frame.readUInt32BE(at + 2);
      }
    }
    this.#resumeSoon();
  }
}
