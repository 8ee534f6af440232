/**
 * AnswerCache: answers by their inputs, bounded in memory, in number and in age. The one that was
 * not used for the longest time goes first.
 * @module
 */

import { type InputKey, isSameInput } from "./input-key.ts";

/** The bounds of a cache. */
export interface CacheBounds {
  /** The most memory of its entries, inputs included, in bytes. */
  readonly maxBytes: number;
  /** The most entries. Default 10,000. */
  readonly maxEntries?: number | undefined;
  /** The time after which an entry is not used any more, in milliseconds. Default: none. */
  readonly maxAgeMs?: number | undefined;
}

/** An answer that was found. */
export interface Found<V> {
  readonly value: V;
  /** The time of its computation. */
  readonly storedAt: number;
}

interface Entry<V> extends Found<V> {
  readonly key: InputKey;
  readonly bytes: number;
}

/** The default of the most entries. */
const MAX_ENTRIES = 10_000;
/** The memory of an entry beside its key and its value, about. */
const ENTRY_BYTES = 200;

/** Answers by their inputs. */
export class AnswerCache<V> {
  readonly #bounds: CacheBounds;
  /** The entries by the hashes of their inputs; the one used last comes last. */
  readonly #entries = new Map<string, Entry<V>>();
  #bytes = 0;

  constructor(bounds: CacheBounds) {
    this.#bounds = bounds;
  }

  /** The number of its entries. */
  get size(): number {
    return this.#entries.size;
  }

  /** The memory of its entries, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Finds the answer to an input. */
  get(key: InputKey, now: number): Found<V> | undefined {
    const entry = this.#entries.get(key.hash);
    if (entry === undefined) return undefined;
    const { maxAgeMs = Number.POSITIVE_INFINITY } = this.#bounds;
    if (now - entry.storedAt >= maxAgeMs) return void this.#remove(entry);
    // Someone may look for inputs of one hash.
    if (!isSameInput(entry.key, key)) return undefined;
    this.#entries.delete(key.hash);
    this.#entries.set(key.hash, entry);
    return entry;
  }

  /**
   * Keeps an answer, if there is room for it.
   *
   * @param key one whose arrays nobody changes: see `keptKey()`
   * @param bytes the memory of the answer
   */
  set(key: InputKey, value: V, bytes: number, now: number): void {
    this.delete(key);
    const entry = { key, value, bytes: key.bytes + bytes + ENTRY_BYTES, storedAt: now };
    const { maxBytes, maxEntries = MAX_ENTRIES } = this.#bounds;
    if (entry.bytes > maxBytes || maxEntries < 1) return;
    this.#entries.set(key.hash, entry);
    this.#bytes += entry.bytes;
    for (const oldest of this.#entries.values()) {
      if (this.#bytes <= maxBytes && this.#entries.size <= maxEntries) break;
      this.#remove(oldest);
    }
  }

  /** Removes the answer to an input, and any other with its hash. */
  delete({ hash }: InputKey): void {
    const entry = this.#entries.get(hash);
    if (entry !== undefined) this.#remove(entry);
  }

  /** Removes all entries. */
  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  #remove({ key, bytes }: Entry<V>): void {
    this.#entries.delete(key.hash);
    this.#bytes -= bytes;
  }
}
