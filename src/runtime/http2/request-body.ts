/**
 * RequestBody: the bytes of one HTTP/2 request, read on demand.
 * @module
 */

import type { ServerHttp2Stream } from "node:http2";
import type { Share } from "../../byte-budget.ts";
import { OpenMessage } from "../../rpc/open-message.ts";

/** The bytes that are buffered before flow control stops the client. */
const MAX_WAITING_BYTES = 256 * 1024;

/** The bytes of a request, to be read once. The next read fails when the caller disconnects. */
export class RequestBody implements AsyncIterableIterator<Uint8Array> {
  readonly #stream: ServerHttp2Stream;
  /** The bytes in memory: all that have arrived or, of a stream, the unread ones. */
  readonly #share: Share;
  readonly #chunks: Uint8Array[] = [];
  #waitingBytes = 0;
  #open: OpenMessage | undefined;
  #ended = false;
  #failure: { readonly reason: unknown } | undefined;
  #reader: PromiseWithResolvers<IteratorResult<Uint8Array>> | undefined;
  /** Called with the buffered chunks and their length, for `arrival()`. */
  #isEnough: ((chunks: readonly Uint8Array[], bytes: number) => boolean) | undefined;
  #arrived: (() => void) | undefined;

  constructor(stream: ServerHttp2Stream, share: Share) {
    this.#stream = stream;
    this.#share = share;
    stream.on("data", (chunk: Uint8Array) => this.#take(chunk));
    stream.on("end", () => this.#end());
  }

  /** True once all of it has arrived. */
  get complete(): boolean {
    return this.#ended;
  }

  /** Releases each message of a stream when it has been read, instead of all at the end. */
  expectStream(): void {
    this.#open = new OpenMessage();
  }

  /** Makes this read and all later ones fail, and discards the buffered bytes. */
  fail(reason: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { reason };
    this.#chunks.length = 0;
    this.release();
    this.#stream.resume(); // the rest is discarded, so that it does not block other calls
    this.#reader?.reject(reason);
    this.#reader = undefined;
    this.#arrive();
  }

  /** Releases everything at the end of the call. */
  release(): void {
    this.#share.hold(0);
  }

  /**
   * Waits until all of it has arrived, it has failed, or what is there is enough. It is not read,
   * and flow control does not stop the client meanwhile.
   */
  arrival(isEnough: (chunks: readonly Uint8Array[], bytes: number) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#isEnough = isEnough;
      this.#arrived = resolve;
      const isOver = isEnough(this.#chunks, this.#waitingBytes) || this.#ended;
      if (isOver || this.#failure !== undefined) this.#arrive();
      else this.#stream.resume();
    });
  }

  #arrive(): void {
    this.#isEnough = undefined;
    this.#arrived?.();
  }

  /** Reads all bytes that are there. */
  take(): readonly Uint8Array[] {
    this.#waitingBytes = 0;
    return this.#chunks.splice(0);
  }

  /** Returns the next bytes. @throws the reason of `fail()` */
  next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.reason);
    const value = this.#chunks.shift();
    if (value !== undefined) {
      this.#waitingBytes -= value.length;
      this.#read(value);
      return Promise.resolve({ done: false, value });
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    this.#stream.resume();
    this.#reader = Promise.withResolvers();
    this.#reader.promise.catch(() => {}); // its reader may have stopped waiting
    return this.#reader.promise;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(chunk: Uint8Array): void {
    if (this.#failure !== undefined) return;
    try {
      this.#share.hold(this.#share.heldBytes + chunk.length);
    } catch (noRoom) {
      return this.fail(noRoom);
    }
    if (this.#reader !== undefined) {
      this.#read(chunk);
      this.#reader.resolve({ done: false, value: chunk });
      this.#reader = undefined;
      return;
    }
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#isEnough !== undefined) {
      if (this.#isEnough(this.#chunks, this.#waitingBytes)) this.#arrive();
    } else if (this.#waitingBytes >= MAX_WAITING_BYTES) this.#stream.pause();
  }

  #read(chunk: Uint8Array): void {
    if (this.#open === undefined) return;
    this.#open.add(chunk);
    this.#share.hold(this.#waitingBytes + this.#open.bytes);
  }

  #end(): void {
    this.#ended = true;
    this.#reader?.resolve({ done: true, value: undefined });
    this.#reader = undefined;
    this.#arrive();
  }
}
