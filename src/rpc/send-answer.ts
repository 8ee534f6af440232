/**
 * Sends the answer of a call as the body of a `Response`.
 * @module
 */

import { Code, ConnectError } from "@connectrpc/connect";
import { joinBytes } from "../bytes.ts";
import type { Accounts } from "./held.ts";
import type { WireStatus } from "./wire-status.ts";

/** An answer that is being sent. */
export interface Answer extends Accounts {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Aborted when the client disconnects. */
  readonly client: AbortController;
  /** The status that has been sent. */
  readonly wireStatus: WireStatus;
  /** Returns true if the client disconnected before the end of its request. */
  isReset(): boolean;
}

/** Returns the whole body of an answer. */
export async function collected({ chunks, wireStatus }: Answer): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  for await (const piece of chunks) {
    wireStatus.body(piece);
    pieces.push(piece);
  }
  return joinBytes(pieces);
}

/**
 * Returns a body that is produced as it is read, until the client disconnects. Some runtimes report
 * a disconnect by the request's signal, some by canceling the body, and some by both.
 */
export function streamed(
  { chunks, client, wireStatus, isReset, held, counted }: Answer,
  beforeEnd?: () => Promise<void>,
): ReadableStream {
  const iterator = chunks[Symbol.asyncIterator]();
  const { signal } = client;
  // Frees a handler that waits for its message to be read. Its end is not awaited: it may ignore
  // the signal.
  const end = (): void => {
    held.close();
    void iterator.throw?.(signal.reason).catch(() => {});
    counted.end(undefined);
  };
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await nextOf(iterator, { held, counted });
        if (next.done !== true) {
          wireStatus.body(next.value);
          return controller.enqueue(next.value);
        }
        try {
          await beforeEnd?.();
        } finally {
          held.close();
        }
        counted.end(isReset() ? undefined : wireStatus.status);
        controller.close();
      },
      cancel: () => disconnect(client),
    },
    { highWaterMark: 0 },
  );
}

/** Returns the next bytes of a stream. A failure ends it without a status, which counts as one. */
async function nextOf(
  iterator: AsyncIterator<Uint8Array>,
  { held, counted }: Accounts,
): Promise<IteratorResult<Uint8Array>> {
  try {
    return await held.count(() => iterator.next());
  } catch (error) {
    held.close();
    counted.end(500);
    throw error;
  }
}

/** Aborts a call whose client has disconnected. */
export function disconnect(client: AbortController): void {
  client.abort(new ConnectError("the client has disconnected", Code.Canceled));
}
