/**
 * Summary: how many values there were, and their sum. It has no quantiles, as in Python's client:
 * those of several workers cannot be put together. A histogram gives quantiles that can.
 * @module
 */

import type { FamilySnapshot, SummaryPoint } from "../exposition/snapshot.ts";
import { type FamilyChange, requireType, type SummaryChange } from "../worker/delta.ts";
import type { SummaryDefinition } from "./definition.ts";
import { type AnyFamily, Family, type Surroundings } from "./family.ts";
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
  /** Starts to measure. The function it returns observes the seconds since and returns them. */
  startTimer(): () => number;
  /** For `using`: observes the seconds until the end of the block. */
  time(): Disposable;
}

/** A summary for each set of labels. Each method but the first is that of `labels(labels)`. */
export interface LabelledSummary<L extends string> {
  /** The summary of these labels, to keep where it is used often: that saves the look-up. */
  labels(labels: Labels<L>): Summary;
  observe(labels: Labels<L>, value: number): void;
  startTimer(labels: Labels<L>): () => number;
  time(labels: Labels<L>): Disposable;
}

/** What `summary()` makes: a `Summary` without labels, a `LabelledSummary` with some. */
export type SummaryOf<L extends string> = [L] extends [never] ? Summary : LabelledSummary<L>;

class SummarySeries extends Series implements Summary {
  readonly #name: string;
  readonly #now: () => number;
  readonly #createdMs: number;
  #count = 0;
  #sum = 0;

  constructor(labels: readonly string[], name: string, { now, dateNow }: Surroundings) {
    super(labels);
    this.#name = name;
    this.#now = now;
    this.#createdMs = dateNow();
  }

  observe(value: number): void {
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

  /** What has been counted since the last time; from here on it counts from 0. */
  take(): SummaryChange {
    const change = { labels: this.labels, count: this.#count, sum: this.#sum };
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

  protected create(labels: readonly string[]): SummarySeries {
    return new SummarySeries(labels, this.definition.name, this.surroundings);
  }

  snapshot(): FamilySnapshot {
    return { ...this.definition, type: "summary", points: this.#points() };
  }

  *#points(): Iterable<SummaryPoint> {
    for (const series of this.all) yield series.point(this.definition.labels);
  }

  takeChanges(): FamilyChange {
    const series = this.takeChanged().map((each) => each.take());
    return { type: "summary", name: this.definition.name, series };
  }

  merge(_source: string, change: FamilyChange): void {
    requireType(change, "summary");
    for (const each of change.series) this.at(each.labels).add(each);
  }
}
