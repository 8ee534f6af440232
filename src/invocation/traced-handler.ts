/**
 * handledWithin(): runs the handler of a request that is traced, in the context of its span.
 * @module
 */

import type { RequestWatch } from "../service/request-listener.ts";
import { isStream } from "../service/stream.ts";

/** Runs a function in the context of a span. */
type Within = NonNullable<RequestWatch["within"]>;

/**
 * Runs a handler in the context of the request's span. The items of a stream are made there too:
 * who asks for the next one may be the timer or the socket of its sender.
 */
export function handledWithin<T>(
  tracing: RequestWatch,
  handle: () => Answer<T> | Promise<Answer<T>>,
): Answer<T> | Promise<Answer<T>> {
  if (tracing.within === undefined) return handle();
  const within: Within = tracing.within.bind(tracing);
  const handled = within(handle);
  if (handled instanceof Promise) return handled.then((output) => madeWithin(output, within));
  return madeWithin(handled, within);
}

/** The answer of a handler: one value, or a stream. */
type Answer<T> = T | AsyncIterable<T>;

function madeWithin<T>(answer: Answer<T>, within: Within): Answer<T> {
  return isStream(answer) ? itemsWithin(answer, within) : answer;
}

function itemsWithin<T>(items: AsyncIterable<T>, within: Within): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = within(() => items[Symbol.asyncIterator]());
      return {
        next: () => within(() => iterator.next()),
        async return(value?: unknown) {
          const ended = within(() => iterator.return?.(value));
          return (await ended) ?? { done: true, value };
        },
      };
    },
  };
}
