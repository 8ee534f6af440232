/**
 * Bodies that pass through: the body of a request to a mounted application, and the body of its
 * response. Neither is held in memory.
 * @module
 */

import type { Clock } from "../clock.ts";
import { discard } from "../rpc/discard.ts";
import { passedStream, type StreamEnd } from "./passed-stream.ts";

/** The body of a request that a mounted application reads. */
export class PassedBody {
  /** The same bytes, which are received as they are read. */
  readonly stream: ReadableStream<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #hasEnded = false;

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader();
    this.stream = new ReadableStream(
      {
        pull: async (controller) => {
          const { done, value } = await this.#reader.read();
          if (!done) return controller.enqueue(value);
          this.#hasEnded = true;
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** True if all of it has been read. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * Discards the unread rest, unless a read is under way.
   *
   * @returns true if the body is at its end: another request may follow on its connection
   */
  async discard(isInUse: boolean, clock: Clock): Promise<boolean> {
    return this.#hasEnded || (!isInUse && (await discard(this.#reader, clock)));
  }
}

/** The body of a response: bytes if all of it was available at once, or else a stream. */
export type PeekedBody =
  | { readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly stream: ReadableStream<Uint8Array> };

/**
 * Reads a body whole if all of it is available within one turn of the event loop: with a known
 * length, it needs no chunks on the wire.
 *
 * @param onEnd called when a stream has ended, with its error if it has failed
 */
export async function peek(
  body: ReadableStream<Uint8Array>,
  onEnd: (end: StreamEnd, error?: unknown) => void,
): Promise<PeekedBody> {
  const reader = body.getReader();
  const first = reader.read();
  const reads = [first];
  const start = await soon(first);
  if (start?.done) return { bytes: new Uint8Array(0) };
  if (start !== undefined) {
    const second = reader.read();
    reads.push(second);
    if ((await soon(second))?.done) return { bytes: new Uint8Array(start.value) };
  }
  return { stream: passedStream(reader, onEnd, () => reads.shift() ?? reader.read()) };
}

/** The promises that are awaited before a timer is set, which costs more than all of them. */
const AWAITED = 16;

/** Returns the result of a read, if it is available within a turn of the event loop. */
async function soon<T>(read: Promise<T>): Promise<T | undefined> {
  let result: T | undefined;
  const settled = read.then(
    (made) => {
      result = made;
    },
    () => {}, // the stream repeats the read, and reports its failure
  );
  for (let left = AWAITED; left > 0 && result === undefined; left -= 1) await undefined;
  if (result === undefined) {
    const later = Promise.withResolvers<void>();
    const timer = setTimeout(later.resolve);
    await Promise.race([settled, later.promise]);
    clearTimeout(timer);
  }
  return result;
}
