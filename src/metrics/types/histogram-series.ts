/**
 * HistogramSeries: the buckets of a histogram with one value for each label.
 * @module
 */

import type { HistogramPoint } from "../exposition/snapshot.ts";
import { NativeBuckets } from "../native/native-buckets.ts";
import type { HistogramChange } from "../worker/delta.ts";
import type { HistogramDefinition } from "./definition.ts";
import { type Exemplar, exemplarIn, makeExemplar, type ObserveOptions } from "./exemplar.ts";
import type { FamilyContext } from "./family.ts";
import type { Histogram } from "./histogram.ts";
import { Series } from "./series.ts";
import { type CountAndSum, NO_VALUES } from "./summary.ts";
import { atEnd, startTimer } from "./timer.ts";

/** A histogram with one value for each label. */
export class HistogramSeries extends Series implements Histogram {
  readonly #definition: HistogramDefinition;
  readonly #context: FamilyContext;
  readonly #createdMs: number;
  /** Its upper bounds, finite and ascending. */
  readonly buckets: readonly number[];
  readonly #bounds: Float64Array;
  /** By bucket; the last is the one up to +Inf. */
  readonly #counts: Float64Array;
  #sum = 0;
  /** In a worker: the part that was reported. */
  #reported = NO_VALUES;
  #exemplars: (Exemplar | undefined)[] | undefined;
  #native: NativeBuckets | undefined;

  constructor(
    labels: readonly string[],
    definition: HistogramDefinition,
    context: FamilyContext,
    buckets: readonly number[] = definition.buckets,
  ) {
    super(labels);
    this.#definition = definition;
    this.#context = context;
    this.#createdMs = context.dateNow();
    this.buckets = buckets;
    this.#bounds = Float64Array.from(buckets);
    this.#counts = new Float64Array(buckets.length + 1);
    if (context.nativeHistograms.enabled) {
      this.#native = definition.native && new NativeBuckets(definition.native);
    }
  }

  observe(value: number, options?: ObserveOptions): void {
    if (this.successors !== undefined) {
      return this.successors.findOrCreate().observe(value, options);
    }
    if (typeof value !== "number" || Number.isNaN(value)) {
      throw new RangeError(
        `Cannot observe ${value} in histogram "${this.#definition.name}": it must be a number`,
      );
    }
    const bucket = this.#bucketOf(value);
    const exemplar = exemplarIn(this.#definition.name, options);
    if (exemplar !== undefined) this.#keep(bucket, value, exemplar);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
    this.#native?.add(value);
    this.changed();
  }

  startTimer(): () => number {
    return startTimer((seconds) => this.observe(seconds), this.#context.now);
  }

  time(): Disposable {
    return atEnd(this.startTimer());
  }

  /** Returns the first bucket whose bound is at least the value. */
  #bucketOf(value: number): number {
    const bounds = this.#bounds;
    let low = 0;
    let end = bounds.length;
    while (low < end) {
      const middle = (low + end) >> 1;
      if (value <= (bounds[middle] ?? 0)) end = middle;
      else low = middle + 1;
    }
    return low;
  }

  #keep(bucket: number, value: number, labels: Readonly<Record<string, string>>): void {
    const exemplar = makeExemplar(labels, value, this.#context.dateNow());
    if (exemplar === undefined) return;
    this.#exemplars ??= Array.from(this.#counts, () => undefined);
    this.#exemplars[bucket] = exemplar;
  }

  value(): CountAndSum {
    if (this.successors !== undefined) return this.successors.find()?.value() ?? NO_VALUES;
    const { count, sum } = this.#reported;
    return {
      count: this.#counts.reduce((total, inBucket) => total + inBucket, count),
      sum: sum + this.#sum,
    };
  }

  /** Returns what was observed since the last time, and starts again at 0. */
  take(): HistogramChange {
    const isOwn = this.buckets !== this.#definition.buckets;
    const change = {
      labels: this.labels,
      ...(isOwn ? { buckets: this.buckets } : {}),
      counts: Array.from(this.#counts),
      sum: this.#sum,
      exemplars: this.#exemplars,
      native: this.#native?.counts(),
    };
    this.#reported = this.value();
    this.#counts.fill(0);
    this.#sum = 0;
    this.#exemplars = undefined;
    const { native } = this.#definition;
    this.#native = native && new NativeBuckets(native);
    return change;
  }

  add({ buckets, counts, sum, exemplars, native }: HistogramChange): void {
    const placeOf = this.#placesOf(buckets ?? this.#definition.buckets);
    for (const [at, count] of counts.entries()) {
      const place = placeOf(at);
      this.#counts[place] = (this.#counts[place] ?? 0) + count;
    }
    this.#sum += sum;
    for (const [at, exemplar] of exemplars?.entries() ?? []) {
      if (exemplar === undefined) continue;
      this.#exemplars ??= Array.from(this.#counts, () => undefined);
      this.#exemplars[placeOf(at)] = exemplar;
    }
    if (native !== undefined) this.#native?.merge(native);
  }

  /**
   * Returns the bucket for each bucket of a series with the given bounds: if they differ, the one
   * that holds its upper bound.
   */
  #placesOf(buckets: readonly number[]): (at: number) => number {
    if (isSame(buckets, this.buckets)) return (at) => at;
    return (at) => this.#bucketOf(buckets[at] ?? Number.POSITIVE_INFINITY);
  }

  point(): HistogramPoint {
    let count = 0;
    const cumulative = Array.from(this.#counts, (inBucket) => {
      count += inBucket;
      return count;
    });
    return {
      names: this.#definition.labels,
      values: this.labels,
      bounds: this.buckets,
      cumulative,
      sum: this.#sum,
      exemplars: this.#exemplars,
      native: this.#context.nativeHistograms.enabled ? this.#native?.counts() : undefined,
      createdMs: this.#createdMs,
    };
  }
}

/** Returns true for two equal lists of bounds. */
export function isSame(one: readonly number[], other: readonly number[]): boolean {
  if (one === other) return true;
  return one.length === other.length && one.every((bound, at) => bound === other[at]);
}
