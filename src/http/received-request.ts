/**
 * ReceivedRequest: a request as a server has received it. Each part is made at its first use, since
 * small calls use few of them, and making one may cost as much as such a call.
 * @module
 */

import type { Clock } from "../clock.ts";
import { onAbort } from "../invocation/request-facts.ts";
import { discardBody } from "./body.ts";
import { isDisconnect } from "./disconnect.ts";
import { checksLength, peerOf } from "./server-env.ts";

/** The parts of a request that an API over HTTP needs. */
export interface ReceivedRequest {
  readonly method: string;
  /** The whole URL, with its query. */
  readonly url: string;
  readonly headers: Headers;
  /** Returns one header, without making `headers`. @param name in lower case */
  header(name: string): string | null;
  readonly hasBody: boolean;
  /** The body as it arrives; null if the request has none, or is read by `bytes()` alone. */
  readonly body: ReadableStream<Uint8Array> | null;
  /** True if the body cannot be longer than its `Content-Length`: see `ServerEnv`. */
  readonly isLengthChecked: boolean;
  /**
   * Returns the whole body, without a bound.
   *
   * @param alignedAt the position that is aligned in memory, where that costs nothing
   * @throws what the server reports of its end
   */
  bytes(alignedAt?: number): Promise<ArrayBuffer | Uint8Array>;
  /**
   * As `bytes()`, for a body that has arrived already, which spares its reader several promises.
   *
   * @returns undefined if it has not
   */
  arrived?(alignedAt?: number): Uint8Array | undefined;
  /**
   * Passes a body of any length to a function as it arrives, without a stream. The function copies
   * the chunks, whose memory is given back at once.
   *
   * @throws what the function throws, and what the server reports of the end of the body
   */
  receive?(take: (chunk: Uint8Array) => void): Promise<void>;
  /**
   * Discards the unread rest of the body, before the answer is sent.
   *
   * @returns false if the rest is too long: the connection must be closed then, since it would be
   *   parsed as the next request
   */
  discard(clock: Clock): Promise<boolean>;
  /** Returns true for a failure of the body that its client's disconnect has caused. */
  isDisconnect(error: unknown): boolean;
  /**
   * Calls a function once when the client disconnects, immediately if it has already. Returns a
   * function that removes the listener.
   */
  onDisconnect(listener: () => void): () => void;
  /** The address of the client, or of the last proxy; undefined where the server has none. */
  readonly peer: string | undefined;
}

/** A request that a server passes to `fetch()`. */
export class WebRequest implements ReceivedRequest {
  readonly isLengthChecked: boolean;
  readonly #request: Request;
  readonly #env: unknown;
  /** Kept: some servers take long to find it, and forget it with the connection. */
  #peer: { readonly address: string | undefined } | undefined;

  /** @param env the second argument of `fetch()` */
  constructor(request: Request, env: unknown) {
    this.#request = request;
    this.#env = env;
    this.isLengthChecked = checksLength(env);
  }

  get peer(): string | undefined {
    this.#peer ??= { address: peerOf(this.#request, this.#env) };
    return this.#peer.address;
  }

  get method(): string {
    return this.#request.method;
  }

  get url(): string {
    return this.#request.url;
  }

  get headers(): Headers {
    return this.#request.headers;
  }

  header(name: string): string | null {
    return this.#request.headers.get(name);
  }

  get hasBody(): boolean {
    return this.#request.body !== null;
  }

  get body(): ReadableStream<Uint8Array> | null {
    return this.#request.body;
  }

  bytes(): Promise<ArrayBuffer> {
    return this.#request.arrayBuffer();
  }

  discard(clock: Clock): Promise<boolean> {
    return discardBody(this.#request.body, clock);
  }

  isDisconnect(error: unknown): boolean {
    return isDisconnect(this.#request, error);
  }

  onDisconnect(listener: () => void): () => void {
    return onAbort(this.#request.signal)(listener);
  }
}
