/**
 * Streams: handlers that answer piece by piece.
 * @module
 */

import { turnOver } from "../turns.ts";
import { orAborted } from "./context.ts";

/** Returns true if a handler answers piece by piece: with an async iterable. */
export function isStream<T>(answer: T | AsyncIterable<T>): answer is AsyncIterable<T> {
  return typeof answer === "object" && answer !== null && Symbol.asyncIterator in answer;
}

/**
 * The items of a handler, one at a time, as they are asked for: nothing is made that nobody takes.
 * However it ends, the handler's generator is ended too.
 *
 * @throws the signal's reason as soon as it is aborted; what the handler throws
 */
export async function* untilAborted<T>(
  items: AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    for (;;) {
      const over = turnOver();
      if (over !== undefined) await orAborted(over, signal);
      const { done, value } = await orAborted(Promise.resolve(iterator.next()), signal);
      if (done) return;
      yield value;
    }
  } finally {
    end(iterator);
  }
}

/** Ends a handler's generator. One that is busy ends later, and is not awaited. */
export function end(iterator: AsyncIterator<unknown>): void {
  const returned = async (): Promise<unknown> => await iterator.return?.();
  returned().catch(() => {});
}
