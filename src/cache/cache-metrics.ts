/**
 * The metrics of caches of answers.
 * @module
 */

import type { MetricsRegistry } from "../metrics/registry.ts";
import type { CounterOf } from "../metrics/types/counter.ts";
import type { AnswerCache } from "./answer-cache.ts";
import type { CacheOutcome } from "./cached-calls.ts";

/** What a cache is for: the answers of a model, or of an API. */
export interface CacheName {
  readonly kind: "model" | "api";
  readonly name: string;
  /** The version of a model; empty for an API. */
  readonly version: string;
}

const LABELS = ["kind", "name", "version"] as const;

/** Counts the calls of one cache. */
export class CacheMetrics {
  readonly #name: Readonly<Record<(typeof LABELS)[number], string>>;
  readonly #counters: Readonly<Record<CacheOutcome, CounterOf<(typeof LABELS)[number]>>>;
  readonly #hide: () => void;

  constructor(registry: MetricsRegistry, { kind, name, version }: CacheName, cache: CacheState) {
    const names = { kind, name, version };
    const labels = LABELS;
    this.#name = names;
    this.#counters = {
      hit: registry.counter("ekiben_cache_hits_total", {
        help: "Calls that were answered from a cache",
        labels,
      }),
      miss: registry.counter("ekiben_cache_misses_total", {
        help: "Calls that were computed, since no cache had their answer",
        labels,
      }),
      shared: registry.counter("ekiben_cache_shared_total", {
        help: "Calls that waited for the computation of the same input by another call",
        labels,
      }),
    };
    const bytes = registry.gauge("ekiben_cache_bytes", {
      help: "The memory of the answers in a cache and of their inputs, in bytes, about",
      labels,
    });
    const entries = registry.gauge("ekiben_cache_entries", {
      help: "The answers in a cache",
      labels,
    });
    for (const counter of Object.values(this.#counters)) counter.inc(names, 0);
    bytes.setFunction(names, () => cache.bytes);
    entries.setFunction(names, () => cache.size);
    const shown = shownIn(registry);
    const place = JSON.stringify(names);
    shown.set(place, this);
    this.#hide = () => {
      if (shown.get(place) !== this) return;
      shown.delete(place);
      bytes.remove(names);
      entries.remove(names);
    };
  }

  /** Counts a call. */
  count(outcome: CacheOutcome): void {
    this.#counters[outcome].inc(this.#name);
  }

  /** Removes the gauges of a cache that has been closed. */
  close(): void {
    this.#hide();
  }
}

/** The caches whose gauges are exposed: of two of one name, the newer one. */
const shownCaches = new WeakMap<MetricsRegistry, Map<string, CacheMetrics>>();

function shownIn(registry: MetricsRegistry): Map<string, CacheMetrics> {
  const known = shownCaches.get(registry) ?? new Map<string, CacheMetrics>();
  shownCaches.set(registry, known);
  return known;
}

/** The part of a cache that its gauges read. */
type CacheState = Pick<AnswerCache<unknown>, "bytes" | "size">;
