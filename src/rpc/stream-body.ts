/**
 * StreamBody: the body of a request with any number of messages, read on demand.
 * @module
 */

import type { Share } from "../byte-budget.ts";
import type { Clock } from "../clock.ts";
import { discard } from "./discard.ts";
import { OpenMessage } from "./open-message.ts";

/** The bytes of a request, to be read once, in chunks. */
export class StreamBody implements AsyncIterableIterator<Uint8Array> {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #clock: Clock;
  /** Counts the bytes in memory: the received part of the incomplete message. */
  readonly #share: Share;
  readonly #open = new OpenMessage();
  #ended: boolean;

  constructor({ body }: Request, clock: Clock, share: Share) {
    this.#share = share;
    this.#reader = body?.getReader();
    this.#clock = clock;
    this.#ended = body === null;
  }

  /** @throws ConnectError `resource_exhausted` if there is no room for the received bytes */
  async next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#reader === undefined || this.#ended) return { done: true, value: undefined };
    const { done, value } = await this.#reader.read();
    this.#ended = done;
    if (!done) {
      this.#open.add(value);
      this.#share.hold(this.#open.bytes);
    }
    return done ? { done, value: undefined } : { done, value };
  }

  /** Cancels nothing: some runtimes would close the connection before the answer is sent. */
  async return(): Promise<IteratorResult<Uint8Array>> {
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Discards the unread rest: see `discard()`. */
  async discard(): Promise<void> {
    if (this.#reader !== undefined && !this.#ended) await discard(this.#reader, this.#clock);
  }
}
