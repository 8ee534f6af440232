/**
 * AnswerStream: an answer of several items, each made when the previous one has been sent.
 * @module
 */

import { end } from "../service/stream.ts";

/** The encoded items of an answer, of which the first one has been made. */
export class AnswerStream<W> {
  /** The first item; undefined for a stream without items. */
  readonly first: W | undefined;
  readonly #rest: AsyncIterator<W, void, undefined>;
  #next: W | undefined;

  private constructor(first: W | undefined, rest: AsyncIterator<W, void, undefined>) {
    this.first = first;
    this.#next = first;
    this.#rest = rest;
  }

  /** Waits for the first item: an error before it can still have a status of its own. */
  static async open<W>(items: AsyncIterable<W, void, undefined>): Promise<AnswerStream<W>> {
    const rest = items[Symbol.asyncIterator]();
    const { done, value } = await rest.next();
    return new AnswerStream(done ? undefined : value, rest);
  }

  /** Returns the next item, beginning with the first; undefined after the last. */
  async next(): Promise<W | undefined> {
    const item = this.#next;
    this.#next = undefined;
    if (item !== undefined) return item;
    const { done, value } = await this.#rest.next();
    return done ? undefined : value;
  }

  /** Ends the handler's generator. */
  cancel(): void {
    end(this.#rest);
  }

  /** Returns all items. @param begin called before each is made */
  async *items(begin: () => void = () => {}): AsyncGenerator<W, void, undefined> {
    try {
      for (;;) {
        begin();
        const item = await this.next();
        if (item === undefined) return;
        yield item;
      }
    } finally {
      this.cancel();
    }
  }
}
