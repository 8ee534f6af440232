/**
 * Writes an exposition in slices of time: a scrape of many series does not block the thread.
 * @module
 */

import { joinBytes } from "../../bytes.ts";
import type { Format } from "../exposition/format.ts";
import type { FamilySnapshot } from "../exposition/snapshot.ts";

/** The clock and the pause between slices. */
export interface Pace {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Resolves when other work has had a turn. */
  readonly pause: () => Promise<void>;
}

/** The length of a slice. */
const SLICE_MS = 3;

/** The size of a chunk, in characters or bytes; its last piece may exceed it. */
const CHUNK_SIZE = 64 * 1024;

/** Waits until other work has had a turn: timers run after it on every runtime. */
export function afterOtherWork(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

/** Yields the exposition of the families in chunks. */
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

/** Collects pieces. */
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

  /** Returns the pieces since the last time. A format makes either texts or bytes, not both. */
  take(): Uint8Array {
    const bytes = this.#text === "" ? joinBytes(this.#parts) : this.#encoder.encode(this.#text);
    this.#text = "";
    this.#parts = [];
    this.#size = 0;
    return bytes;
  }
}
