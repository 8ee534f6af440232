/**
 * BodyBuffer: the bytes of a body as they arrive, within its bounds.
 * @module
 */

import type { Share } from "../byte-budget.ts";
import { alignedBytes } from "../bytes.ts";
import { ServiceError } from "../error.ts";

/** The bytes that are allocated at least, and the largest body that is called small. */
export const SMALL_BYTES: number = 64 * 1024;

/** The bounds of a body of which the bytes are known as they arrive. */
export interface BufferLimits {
  /** The largest size. */
  readonly maxBytes: number;
  /** Counts the bytes in memory. The caller closes it. */
  readonly share: Share;
  /**
   * The position in a large body that is aligned in memory, so that the elements of a tensor there
   * need no copy. Default 0.
   */
  readonly alignedAt?: number | undefined;
}

/** The bytes of one body. */
export class BodyBuffer {
  readonly #declared: number;
  readonly #limits: BufferLimits;
  #bytes: Uint8Array = new Uint8Array(0);
  #length = 0;

  /**
   * @param declared the declared length; 0 if there is none. It is not trusted: memory is allocated
   *   as bytes arrive
   */
  constructor(declared: number, limits: BufferLimits) {
    this.#declared = declared;
    this.#limits = limits;
  }

  /** What has arrived. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /**
   * Adds the next bytes.
   *
   * @param mayKeep false if the memory of the chunk is used otherwise afterwards
   * @throws ServiceError `payload_too_large` over the limit; `unavailable` if all requests together
   *   hold too much
   */
  add(chunk: Uint8Array, mayKeep = true): void {
    const { maxBytes, share } = this.#limits;
    const end = this.#length + chunk.length;
    if (end > maxBytes) throw tooLarge(maxBytes, "");
    share.hold(end);
    if (mayKeep && this.#length === 0 && end >= this.#declared) {
      // Usually all of the body. A chunk of a pool is copied, so that it can be transferred.
      const isOwn = chunk.length === chunk.buffer.byteLength;
      this.#bytes = isOwn ? chunk : new Uint8Array(chunk);
    } else {
      if (end > this.#bytes.length) this.#grow(end);
      this.#bytes.set(chunk, this.#length);
    }
    this.#length = end;
  }

  /**
   * Makes room: four times what there is, or 16 times up to the declared length. The system commits
   * pages only when they are written, and at most a third of the bytes is copied.
   */
  #grow(needed: number): void {
    const { alignedAt = 0 } = this.#limits;
    const isDeclared = this.#declared >= needed;
    const more = Math.max(needed, SMALL_BYTES, isDeclared ? 16 * needed : 4 * this.#length);
    const size = isDeclared ? Math.min(this.#declared, more) : more;
    const larger = alignedBytes(size, alignedAt);
    larger.set(this.bytes);
    this.#bytes = larger;
  }
}

/** Returns the error for a body over the limit. @param size its size, if it is known */
export function tooLarge(maxBytes: number, size: string): ServiceError {
  return new ServiceError(
    "payload_too_large",
    `The body ${size}is too large: at most ${maxBytes} bytes are accepted`,
  );
}
