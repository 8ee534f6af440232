/**
 * MessageBody: the body of a request with one message, read whole, within bounds of time and size.
 * @module
 */

import { Code, ConnectError } from "@connectrpc/connect";
import type { Share } from "../byte-budget.ts";
import { joinBytes } from "../bytes.ts";
import type { Clock } from "../clock.ts";
import { messageOf } from "../error.ts";
import { discard } from "./discard.ts";
import { ENVELOPE_BYTES } from "./open-message.ts";

/** The bounds of one message. */
export interface MessageLimits {
  readonly maxMessageBytes: number;
  /** The time for the message to arrive. */
  readonly timeoutMs: number;
  /** True if the body cannot be longer than its `Content-Length`. */
  readonly isLengthChecked: boolean;
  readonly clock: Clock;
}

/** Messages of checked lengths up to this are read at once, and counted when they are complete. */
const SMALL_BYTES = 64 * 1024;

/** The bytes of a request, read in one piece on demand. */
export class MessageBody implements AsyncIterable<Uint8Array> {
  readonly #request: Request;
  readonly #limits: MessageLimits;
  /** The part of the byte budget that it holds. */
  readonly #share: Share;
  #isRead = false;
  /** True if the message did not arrive in time. */
  #isLate = false;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  /** True if its sender has disconnected before its end. */
  isReset = false;

  constructor(request: Request, limits: MessageLimits, share: Share) {
    this.#request = request;
    this.#limits = limits;
    this.#share = share;
  }

  /**
   * Discards the unread rest, before the answer is sent: see `discard()`.
   *
   * @returns true if the body is at its end
   */
  async discard(): Promise<boolean> {
    const { body } = this.#request;
    if (this.#isRead || body === null) return true;
    if (this.#isLate) {
      this.#reader?.cancel().catch(() => {});
      return false;
    }
    if (this.#reader === undefined && body.locked) return false;
    return await discard(this.#reader ?? body.getReader(), this.#limits.clock);
  }

  /**
   * @throws ConnectError `resource_exhausted` for one that is too large or exceeds the byte budget,
   *   `deadline_exceeded` for one that is too slow, `invalid_argument` for one that is reset
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const { timeoutMs, clock } = this.#limits;
    const late = Promise.withResolvers<never>();
    late.promise.catch(() => {});
    const cancelTimer = clock.after(timeoutMs, () => {
      this.#isLate = true;
      const text = `the request did not arrive within ${timeoutMs} ms`;
      late.reject(new ConnectError(text, Code.DeadlineExceeded));
    });
    let bytes: Uint8Array;
    try {
      bytes = await this.#read(late.promise);
    } catch (error) {
      if (error instanceof ConnectError) throw error;
      this.isReset = true;
      const text = `the request could not be read to its end: ${messageOf(error)}`;
      throw new ConnectError(text, Code.InvalidArgument, undefined, undefined, error);
    } finally {
      cancelTimer();
    }
    this.#isRead = true;
    yield bytes;
  }

  async #read(late: Promise<never>): Promise<Uint8Array> {
    const { body, headers } = this.#request;
    if (body === null) return new Uint8Array();
    const declared = Number(headers.get("content-length") ?? 0);
    this.#checkSize(declared);
    // A body of known length is read faster this way, on Bun above all.
    if (this.#limits.isLengthChecked && declared > 0 && declared <= SMALL_BYTES) {
      const bytes = new Uint8Array(await Promise.race([this.#request.arrayBuffer(), late]));
      this.#share.hold(bytes.length);
      return bytes;
    }
    this.#reader = body.getReader();
    const chunks: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const { done, value } = await Promise.race([this.#reader.read(), late]);
      if (done) return joinBytes(chunks);
      length += value.length;
      this.#checkSize(length);
      this.#share.hold(length);
      chunks.push(value);
    }
  }

  #checkSize(length: number): void {
    const { maxMessageBytes } = this.#limits;
    if (length <= maxMessageBytes + ENVELOPE_BYTES) return;
    const text = `message size is larger than configured readMaxBytes ${maxMessageBytes}`;
    throw new ConnectError(text, Code.ResourceExhausted);
  }
}
