/**
 * RequestBody: the bytes of one HTTP/2 request, read as they are asked for.
 * @module
 */

import type { Http2ServerRequest } from "node:http2";

/** Bytes held here before the client is made to wait. */
const MAX_HELD_BYTES = 256 * 1024;

/** The bytes of a request, once. A caller that leaves makes the next read fail. */
export class RequestBody implements AsyncIterableIterator<Uint8Array> {
  readonly #request: Http2ServerRequest;
  readonly #chunks: Uint8Array[] = [];
  #heldBytes = 0;
  #ended = false;
  #failure: { readonly reason: unknown } | undefined;
  #waiting: PromiseWithResolvers<IteratorResult<Uint8Array>> | undefined;

  constructor(request: Http2ServerRequest) {
    this.#request = request;
    request.on("data", (chunk: Uint8Array) => this.#take(chunk));
    request.on("end", () => this.#end());
  }

  /** Whether the client has sent all of it. */
  get complete(): boolean {
    return this.#ended;
  }

  /** Makes this read and all that follow fail; what is held is let go. */
  fail(reason: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { reason };
    this.#chunks.length = 0;
    this.#request.resume(); // what still comes is dropped, so that it stops no other call
    this.#waiting?.reject(reason);
    this.#waiting = undefined;
  }

  /** Puts back what was read, to be read again first. */
  unread(chunks: readonly Uint8Array[]): void {
    if (this.#failure === undefined) this.#chunks.unshift(...chunks);
  }

  /** @throws what `fail()` was given */
  next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.reason);
    const value = this.#chunks.shift();
    if (value !== undefined) {
      this.#heldBytes -= value.length;
      return Promise.resolve({ done: false, value });
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    this.#request.resume();
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(chunk: Uint8Array): void {
    if (this.#failure !== undefined) return;
    if (this.#waiting !== undefined) {
      this.#waiting.resolve({ done: false, value: chunk });
      this.#waiting = undefined;
      return;
    }
    this.#chunks.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes >= MAX_HELD_BYTES) this.#request.pause();
  }

  #end(): void {
    this.#ended = true;
    this.#waiting?.resolve({ done: true, value: undefined });
    this.#waiting = undefined;
  }
}
