/**
 * Summary: the count and the sum of values. It has no quantiles, as in Python's client: those of
 * several workers cannot be combined. The quantiles of a histogram can.
 * @module
 */

import type { FamilySnapshot, SummaryPoint } from "../exposition/snapshot.ts";
import { type FamilyChange, requireType, type SummaryChange } from "../worker/delta.ts";
import type { SummaryDefinition } from "./definition.ts";
import { type AnyFamily, Family, type FamilyContext } from "./family.ts";
import type { Labels } from "./labels.ts";
import { Series } from "./series.ts";
import { atEnd, startTimer } from "./timer.ts";

/** Counts values and adds them up. */
export interface Summary {
  /**
   * Counts a value.
   *
   * @throws RangeError for NaN
   */
  observe(value: number): void;
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

/** The number of observed values, and their sum. */
export interface CountAndSum {
  readonly count: number;
  readonly sum: number;
}

/** The value of a series that does not exist. */
export const NO_VALUES: CountAndSum = { count: 0, sum: 0 };

/** A summary for each set of labels. */
export interface LabelledSummary<L extends string> {
  /** Returns the summary of these labels. Keep it where it is used often, to save the look-up. */
  labels(labels: Labels<L>): Summary;
  observe(labels: Labels<L>, value: number): void;
  startTimer(labels: Labels<L>): () => number;
  time(labels: Labels<L>): Disposable;
  /** As `labels(labels).value()`, but creates no series: zeros if there is none. */
  value(labels: Labels<L>): CountAndSum;
  /** Removes the series of these labels; see `LabelledCounter.remove()`. */
  remove(labels: Labels<L>): void;
}

/** The type of a new summary: a `Summary` without labels, a `LabelledSummary` with some. */
export type SummaryOf<L extends string> = [L] extends [never] ? Summary : LabelledSummary<L>;

class SummarySeries extends Series implements Summary {
  readonly #name: string;
  readonly #now: () => number;
  readonly #createdMs: number;
  #count = 0;
  #sum = 0;
  /** In a worker: the part that was reported. */
  #reported = NO_VALUES;

  constructor(labels: readonly string[], name: string, { now, dateNow }: FamilyContext) {
    super(labels);
    this.#name = name;
    this.#now = now;
    this.#createdMs = dateNow();
  }

  observe(value: number): void {
    if (this.successors !== undefined) return this.successors.findOrCreate().observe(value);
    if (typeof value !== "number" || Number.isNaN(value)) {
      throw new RangeError(
        `Cannot observe ${value} in summary "${this.#name}": it must be a number`,
      );
    }
    this.#count += 1;
    this.#sum += value;
    this.changed();
  }

  startTimer(): () => number {
    return startTimer((seconds) => this.observe(seconds), this.#now);
  }

  time(): Disposable {
    return atEnd(this.startTimer());
  }

  value(): CountAndSum {
    if (this.successors !== undefined) return this.successors.find()?.value() ?? NO_VALUES;
    const { count, sum } = this.#reported;
    return { count: count + this.#count, sum: sum + this.#sum };
  }

  /** Returns what was observed since the last time, and starts again at 0. */
  take(): SummaryChange {
    const change = { labels: this.labels, count: this.#count, sum: this.#sum };
    this.#reported = this.value();
    this.#count = 0;
    this.#sum = 0;
    return change;
  }

  add({ count, sum }: SummaryChange): void {
    this.#count += count;
    this.#sum += sum;
  }

  point(names: readonly string[]): SummaryPoint {
    return {
      names,
      values: this.labels,
      count: this.#count,
      sum: this.#sum,
      createdMs: this.#createdMs,
    };
  }
}

/** A summary with its series. */
export class SummaryFamily
  extends Family<SummaryDefinition, SummarySeries>
  implements AnyFamily, LabelledSummary<string>
{
  handle(): Summary | LabelledSummary<string> {
    return this.definition.labels.length === 0 ? this.at([]) : this;
  }

  labels(labels: Labels<string>): Summary {
    return this.of(labels);
  }

  observe(labels: Labels<string>, value: number): void {
    this.of(labels).observe(value);
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

  protected create(labels: readonly string[]): SummarySeries {
    return new SummarySeries(labels, this.definition.name, this.context);
  }

  snapshot(): FamilySnapshot {
    return { ...this.definition, type: "summary", points: this.#points() };
  }

  *#points(): Iterable<SummaryPoint> {
    for (const series of this.all) yield series.point(this.definition.labels);
  }

  takeChanges(): FamilyChange {
    return { type: "summary", name: this.definition.name, ...this.taken((each) => each.take()) };
  }

  merge(_source: string, change: FamilyChange): void {
    requireType(change, "summary");
    this.discardAll(change.removed);
    for (const each of change.series) this.at(each.labels).add(each);
  }
}
