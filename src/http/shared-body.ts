/**
 * SharedBody: the body of a request that both middleware and an API may read. It is received once,
 * within the bounds of the API.
 * @module
 */

import { holdRequest } from "../hold-request.ts";

/** A body that is received when it is first asked for, and kept. */
export class SharedBody {
  /** A request with the same URL, method and headers, whose body is this one. */
  readonly request: Request;
  readonly #receive: () => Promise<Uint8Array>;
  #received: Promise<Uint8Array> | undefined;

  /**
   * @param signal the signal of the request for middleware
   * @param receive reads the body as it was sent
   */
  constructor(request: Request, signal: AbortSignal, receive: () => Promise<Uint8Array>) {
    this.#receive = receive;
    const { url, method, headers } = request;
    const body = request.body === null ? {} : { body: this.#stream(), duplex: "half" };
    const init = { method, headers, signal, ...body } as RequestInit;
    this.request = holdRequest(signal, new Request(url, init));
  }

  /**
   * Returns the body as it was sent, not decompressed.
   *
   * @throws what `receive` throws
   */
  bytes(): Promise<Uint8Array> {
    this.#received ??= this.#receive();
    return this.#received;
  }

  /** Receives nothing before the first read. */
  #stream(): ReadableStream<Uint8Array> {
    return new ReadableStream(
      {
        pull: async (controller) => {
          const bytes = await this.bytes();
          // A copy: the stream's reader may move the bytes to another thread.
          if (bytes.length > 0) controller.enqueue(bytes.slice());
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
  }
}
