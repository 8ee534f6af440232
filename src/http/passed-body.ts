/**
 * Bodies that pass through: the body of a request on its way into a mounted application, and the
 * body of its response on its way out. Neither is held in memory.
 * @module
 */

import type { Clock } from "../host.ts";
import { discard } from "../rpc/discard.ts";

/** The body of a request that someone else reads. */
export class PassedBody {
  /** The same bytes, received as they are read. */
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
   * Discards what nobody will read. A body that is still being read is left alone.
   *
   * @returns true if the body is at its end: another request may follow on its connection
   */
  async discard(isInUse: boolean, clock: Clock): Promise<boolean> {
    return this.#hasEnded || (!isInUse && (await discard(this.#reader, clock)));
  }
}

/** A response's body: in one piece if all of it was there at once, and otherwise a stream. */
export type PeekedBody =
  | { readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly stream: ReadableStream<Uint8Array> };

/** How a stream has ended: at its end, by an error, or because its client has disconnected. */
export type StreamEnd = "complete" | "failed" | "canceled";

/**
 * Finds out whether all of a body is there at once: then its length is known, and it needs no
 * frames of its own on the wire. Waits for nothing but one turn of the event loop.
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
  return { stream: streamOf(reader, reads, onEnd) };
}

/** Returns what is read, if it is there within a turn of the event loop. */
async function soon<T>(read: Promise<T>): Promise<T | undefined> {
  const later = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => later.resolve(undefined));
  // A failure is reported by the stream, from which it is read again.
  const settled = read.catch(() => undefined);
  const result = await Promise.race([settled, later.promise]);
  clearTimeout(timer);
  return result;
}

function streamOf(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  reads: ReturnType<typeof reader.read>[],
  onEnd: (end: StreamEnd, error?: unknown) => void,
): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await (reads.shift() ?? reader.read());
          if (!done) return controller.enqueue(value);
          controller.close();
          onEnd("complete");
        } catch (error) {
          onEnd("failed", error);
          controller.error(error);
        }
      },
      async cancel(reason) {
        onEnd("canceled");
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
