/**
 * Streams: answers of several items.
 * @module
 */

import { turnOver } from "../turns.ts";
import { orAborted } from "./context.ts";

/** Returns true if an answer is a stream: an async iterable. */
export function isStream<T>(answer: T | AsyncIterable<T>): answer is AsyncIterable<T> {
  return typeof answer === "object" && answer !== null && Symbol.asyncIterator in answer;
}

/**
 * Yields the items of a handler until a signal is aborted. An item is computed when it is
 * requested. The handler's generator is ended at the end, even an early one.
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

/** Ends a handler's generator without waiting for it: a busy one ends later. */
export function end(iterator: AsyncIterator<unknown>): void {
  const returned = async (): Promise<unknown> => await iterator.return?.();
  returned().catch(() => {});
}
