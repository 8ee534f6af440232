/**
 * Histogram: the distribution of values, in buckets.
 * @module
 */

import type { FamilySnapshot, HistogramPoint } from "../exposition/snapshot.ts";
import { type FamilyChange, requireType } from "../worker/delta.ts";
import { checkBuckets } from "./buckets.ts";
import type { HistogramDefinition } from "./definition.ts";
import type { ObserveOptions } from "./exemplar.ts";
import { type AnyFamily, Family } from "./family.ts";
import { HistogramSeries, isSame } from "./histogram-series.ts";
import type { Labels } from "./labels.ts";
import { type CountAndSum, NO_VALUES } from "./summary.ts";

/** Counts values in buckets and adds them up. */
export interface Histogram {
  /**
   * Counts a value.
   *
   * @throws RangeError for NaN
   */
  observe(value: number, options?: ObserveOptions): void;
  /** Starts a timer. Returns a function that observes the seconds since, and returns them. */
  startTimer(): () => number;
  /** For `using`: observes the seconds until the end of the block. */
  time(): Disposable;
  /**
   * Returns the count and the sum of its values. On the main thread, this includes what workers
   * have reported; in a worker, it is what this worker observed.
   */
  value(): CountAndSum;
}

/** The options of one series of a histogram. */
export interface SeriesOptions {
  /**
   * The upper bounds of its buckets, if they differ from the histogram's: those of a batch size,
   * for example, end at each runner's own limit.
   */
  readonly buckets?: readonly number[];
}

/** A histogram for each set of labels. Each method but the first is that of `labels(labels)`. */
export interface LabelledHistogram<L extends string> {
  /**
   * Returns the histogram of these labels. Keep it where it is used often, to save the look-up.
   *
   * @param options for a series that does not exist yet
   * @throws RangeError for invalid bounds
   */
  labels(labels: Labels<L>, options?: SeriesOptions): Histogram;
  observe(labels: Labels<L>, value: number, options?: ObserveOptions): void;
  startTimer(labels: Labels<L>): () => number;
  time(labels: Labels<L>): Disposable;
  /** As `labels(labels).value()`, but creates no series: zeros if there is none. */
  value(labels: Labels<L>): CountAndSum;
  /** Removes the series of these labels; see `LabelledCounter.remove()`. */
  remove(labels: Labels<L>): void;
}

/** The type of a new histogram: a `Histogram` without labels, a `LabelledHistogram` with some. */
export type HistogramOf<L extends string> = [L] extends [never] ? Histogram : LabelledHistogram<L>;

/** A histogram with its series. */
export class HistogramFamily
  extends Family<HistogramDefinition, HistogramSeries, readonly number[]>
  implements AnyFamily, LabelledHistogram<string>
{
  handle(): Histogram | LabelledHistogram<string> {
    return this.definition.labels.length === 0 ? this.at([]) : this;
  }

  labels(labels: Labels<string>, { buckets }: SeriesOptions = {}): Histogram {
    if (buckets === undefined) return this.of(labels);
    const { name } = this.definition;
    const checked = checkBuckets(name, buckets);
    const series = this.of(labels, checked);
    if (!isSame(series.buckets, checked) && !this.isOther(series)) {
      this.context.warn(
        `A series of histogram "${name}" keeps its buckets [${series.buckets}]: ` +
          `later it was given [${checked}]`,
      );
    }
    return series;
  }

  observe(labels: Labels<string>, value: number, options?: ObserveOptions): void {
    this.of(labels).observe(value, options);
  }

  startTimer(labels: Labels<string>): () => number {
    return this.of(labels).startTimer();
  }

  time(labels: Labels<string>): Disposable {
    return this.of(labels).time();
  }

  value(labels: Labels<string>): CountAndSum {
    return this.find(labels)?.value() ?? NO_VALUES;
  }

  protected override ownOf({ buckets }: HistogramSeries): readonly number[] {
    return buckets;
  }

  protected create(labels: readonly string[], buckets?: readonly number[]): HistogramSeries {
    return new HistogramSeries(labels, this.definition, this.context, buckets);
  }

  snapshot(): FamilySnapshot {
    return { ...this.definition, type: "histogram", points: this.#points() };
  }

  *#points(): Iterable<HistogramPoint> {
    for (const series of this.all) yield series.point();
  }

  takeChanges(): FamilyChange {
    return { type: "histogram", name: this.definition.name, ...this.taken((each) => each.take()) };
  }

  merge(_source: string, change: FamilyChange): void {
    requireType(change, "histogram");
    this.discardAll(change.removed);
    for (const each of change.series) this.at(each.labels, each.buckets).add(each);
  }
}
