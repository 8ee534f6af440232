/**
 * Writes an exposition in slices of time, so that a scrape of many series does not hold up what
 * else the thread has to do.
 * @module
 */

import { joinBytes } from "../../bytes.ts";
import type { Format } from "../exposition/format.ts";
import type { FamilySnapshot } from "../exposition/snapshot.ts";

/** How the time is shared. */
export interface Pace {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Done when other work has had its turn. */
  readonly pause: () => Promise<void>;
}

/** How long the thread is kept at a time, in milliseconds. */
const SLICE_MS = 3;

/** How large a chunk grows, in characters or bytes, but for the piece that comes on top. */
const CHUNK_SIZE = 64 * 1024;

/** Timers run after what else is waiting, on every runtime. */
export function afterOtherWork(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

/** The exposition of the families in chunks. */
export async function* sliced(
  families: AsyncIterable<FamilySnapshot>,
  format: Format,
  { now, pause }: Pace,
): AsyncGenerator<Uint8Array> {
  const chunk = new Chunk();
  let endAt = now() + SLICE_MS;
  for await (const family of families) {
    for (const piece of format.family(family)) {
      chunk.add(piece);
      if (chunk.size >= CHUNK_SIZE) yield chunk.take();
      if (now() < endAt) continue;
      await pause();
      endAt = now() + SLICE_MS;
    }
  }
  chunk.add(format.end);
  if (chunk.size > 0) yield chunk.take();
}

/** Puts pieces together. */
class Chunk {
  readonly #encoder = new TextEncoder();
  #text = "";
  #parts: Uint8Array[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(piece: string | Uint8Array): void {
    this.#size += piece.length;
    if (typeof piece === "string") this.#text += piece;
    else this.#parts.push(piece);
  }

  /** What was added since the last time: all text, or all bytes, as a format makes them. */
  take(): Uint8Array {
    const bytes = this.#text === "" ? joinBytes(this.#parts) : this.#encoder.encode(this.#text);
    this.#text = "";
    this.#parts = [];
    this.#size = 0;
    return bytes;
  }
}
