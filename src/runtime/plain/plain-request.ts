/**
 * PlainRequest: a plain request as an API receives it.
 * @module
 */

import { Buffer } from "node:buffer";
import { joinBytes } from "../../bytes.ts";
import { SMALL_BYTES } from "../../http/body-buffer.ts";
import type { ReceivedRequest } from "../../http/received-request.ts";
import { release } from "../../release.ts";
import type { PlainHead } from "./plain-head.ts";

const NOTHING: Buffer = Buffer.alloc(0);

/** The other end of the connection. */
export type Caller = Pick<ReceivedRequest, "peer">;

/** One request, whose body may still arrive. */
export class PlainRequest implements ReceivedRequest {
  readonly isLengthChecked = true;
  /** The body is read whole, or passed on by `receive()`. */
  readonly body = null;
  /** The bytes of the body that have not arrived. */
  missing: number;
  readonly #head: PlainHead;
  readonly #caller: Caller;
  readonly #chunks: Uint8Array[] = [];
  /** Takes the body as it arrives; undefined until it is asked for. */
  #take: ((chunk: Uint8Array) => void) | undefined;
  #onWanted: (() => void) | undefined;
  #headers: Headers | undefined;
  #onBody: ((isWhole: boolean) => void) | undefined;
  #onDisconnect: (() => void) | undefined;
  #hasDisconnected = false;

  constructor(head: PlainHead, caller: Caller) {
    this.#head = head;
    this.#caller = caller;
    this.missing = head.length;
  }

  get peer(): string | undefined {
    return this.#caller.peer;
  }

  get method(): string {
    return this.#head.method;
  }

  /** The path and the query, as they were sent. */
  get target(): string {
    return this.#head.target;
  }

  get url(): string {
    return this.#head.url;
  }

  get headers(): Headers {
    this.#headers ??= new Headers([...this.#head.headers]);
    return this.#headers;
  }

  header(name: string): string | null {
    return this.#head.headers.get(name) ?? null;
  }

  get hasBody(): boolean {
    return this.#head.length > 0;
  }

  arrived(alignedAt?: number): Uint8Array | undefined {
    return this.missing > 0 ? undefined : this.whole(alignedAt);
  }

  async bytes(alignedAt?: number): Promise<Uint8Array> {
    if (this.missing > 0 && !this.#hasDisconnected) {
      await new Promise<unknown>((resolve) => {
        this.#onBody = resolve;
        this.#take = (chunk) => void this.#chunks.push(chunk);
        this.#onWanted?.();
      });
    }
    return this.whole(alignedAt);
  }

  /** Returns the body, all of which has arrived. @throws Error if the connection was closed */
  whole(alignedAt?: number): Uint8Array {
    if (this.missing > 0) throw new Error("The connection was closed");
    const [first] = this.#chunks;
    // Its memory may have the next request, too; a large body may be given back with its memory.
    const isOwn = first !== undefined && this.#chunks.length === 1 && first.length <= SMALL_BYTES;
    return isOwn && alignedAt === undefined ? first : joinBytes(this.#chunks, alignedAt);
  }

  async receive(take: (chunk: Uint8Array) => void): Promise<void> {
    for (const chunk of this.#chunks.splice(0)) take(chunk);
    if (this.missing > 0 && !this.#hasDisconnected) {
      await new Promise<unknown>((resolve, reject) => {
        this.#onBody = resolve;
        this.#take = (chunk) => {
          try {
            take(chunk);
            // It has been copied.
            if (chunk.length === chunk.buffer.byteLength) release(chunk.buffer);
          } catch (error) {
            this.skip();
            reject(error);
          }
        };
        this.#onWanted?.();
      });
    }
    if (this.missing > 0) throw new Error("The connection was closed");
  }

  /**
   * Discards nothing: the connection skips what has not arrived. False for a large body whose
   * reader has given up, since its client may have, too.
   */
  async discard(): Promise<boolean> {
    const isSmall = this.#head.length <= SMALL_BYTES;
    return isSmall || this.missing === 0 || this.#take === undefined;
  }

  isDisconnect(): boolean {
    return this.#hasDisconnected;
  }

  onDisconnect(listener: () => void): () => void {
    if (this.#hasDisconnected) listener();
    else this.#onDisconnect = listener;
    return () => {
      this.#onDisconnect = undefined;
    };
  }

  /** Forgets what arrives from now on: nobody asks for it any more. */
  skip(): void {
    this.#chunks.length = 0;
    this.#take = () => {};
  }

  /**
   * Has a function called when the body is asked for, if it is too large to be held until then.
   * Returns false if it is not, or has been asked for.
   */
  waits(onWanted: () => void): boolean {
    const held = this.#head.length - this.missing;
    if (this.#take !== undefined || this.missing === 0 || held < SMALL_BYTES) return false;
    this.#onWanted = onWanted;
    return true;
  }

  /** Takes bytes of the body. Returns the rest, which is of the next request. */
  take(bytes: Buffer): Buffer {
    const hasRest = bytes.length > this.missing;
    const own = hasRest ? bytes.subarray(0, this.missing) : bytes;
    // Before the memory of the chunk may be given back.
    const rest = hasRest ? bytes.subarray(own.length) : NOTHING;
    this.missing -= own.length;
    if (this.#take === undefined) this.#chunks.push(own);
    else this.#take(own);
    if (this.missing === 0) this.#onBody?.(true);
    return rest;
  }

  /** Records that the connection has closed before the answer was sent. */
  disconnect(): void {
    this.#hasDisconnected = true;
    this.cutOff();
    this.#onDisconnect?.();
  }

  /** Ends the wait for a body whose connection has closed. */
  cutOff(): void {
    this.#onBody?.(false);
  }
}
