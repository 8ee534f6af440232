/**
 * Gauge: a number that goes up and down.
 * @module
 */

import type { FamilySnapshot, GaugePoint } from "../exposition/snapshot.ts";
import { combine, isLive, isPerWorker, type Report } from "../worker/aggregate.ts";
import { type FamilyChange, requireType } from "../worker/delta.ts";
import type { GaugeDefinition } from "./definition.ts";
import { type AnyFamily, Family } from "./family.ts";
import { GaugeSeries } from "./gauge-series.ts";
import { type Labels, OTHER } from "./labels.ts";

/** A value that can be set, increased and decreased. Starts at 0. */
export interface Gauge {
  /** Increases it. Default: by 1. */
  inc(amount?: number): void;
  /** Decreases it. Default: by 1. */
  dec(amount?: number): void;
  set(value: number): void;
  /** Sets it to the seconds since 1970. */
  setToCurrentTime(): void;
  /** For `using`: increases it by 1 until the end of the block. */
  trackInProgress(): Disposable;
  /**
   * Starts a timer. Returns a function that sets the gauge to the seconds since, and returns them.
   */
  startTimer(): () => number;
  /** For `using`: sets the gauge to the duration of the block, in seconds. */
  time(): Disposable;
  /**
   * Computes its value at each scrape or, in a worker, at each report, in place of any value that
   * is set. If `read` throws or returns no number, the sample is left out.
   */
  setFunction(read: () => number): void;
  /**
   * Returns its value. On the main thread, this is the aggregate of this thread and the workers;
   * with `all` and `liveall`, and in a worker, it is the value of this thread alone. `undefined` if
   * there is none.
   */
  value(): number | undefined;
}

/** A gauge for each set of labels. Each method but the first is that of `labels(labels)`. */
export interface LabelledGauge<L extends string> {
  /** Returns the gauge of these labels. Keep it where it is used often, to save the look-up. */
  labels(labels: Labels<L>): Gauge;
  inc(labels: Labels<L>, amount?: number): void;
  dec(labels: Labels<L>, amount?: number): void;
  set(labels: Labels<L>, value: number): void;
  setToCurrentTime(labels: Labels<L>): void;
  trackInProgress(labels: Labels<L>): Disposable;
  startTimer(labels: Labels<L>): () => number;
  time(labels: Labels<L>): Disposable;
  setFunction(labels: Labels<L>, read: () => number): void;
  /** As `labels(labels).value()`, but creates no series: `undefined` if there is none. */
  value(labels: Labels<L>): number | undefined;
  /**
   * Removes the series of these labels, with its function. In a worker, this removes the value of
   * this worker alone. On the main thread, it removes those of all workers; the next change in a
   * worker sets its value again.
   */
  remove(labels: Labels<L>): void;
}

/** The type of a new gauge: a `Gauge` without labels, a `LabelledGauge` with some. */
export type GaugeOf<L extends string> = [L] extends [never] ? Gauge : LabelledGauge<L>;

/** The most series that are stored beyond `maxSeries`: some MB for one gauge. */
const MAX_BEYOND = 10_000;

/** The label that distinguishes workers. The series of the main thread do not have it. */
const WORKER = "worker";

/** A gauge with its series, each with the values of the main thread and of the workers. */
export class GaugeFamily
  extends Family<GaugeDefinition, GaugeSeries>
  implements AnyFamily, LabelledGauge<string>
{
  /** Workers that have reported. */
  readonly #sources = new Set<string>();
  /** Workers that have ended, and whose values are kept until their replacements report. */
  readonly #ended = new Set<string>();
  /**
   * Series beyond `maxSeries`, stored to combine their values. They are not exposed, and bounded
   * too: beyond `MAX_BEYOND`, further ones share one series, which has the value that was set last.
   */
  readonly #beyond = new Set<GaugeSeries>();

  handle(): Gauge | LabelledGauge<string> {
    return this.definition.labels.length === 0 ? this.#own(this.at([])) : this;
  }

  labels(labels: Labels<string>): Gauge {
    return this.#own(this.of(labels));
  }

  inc(labels: Labels<string>, amount?: number): void {
    this.labels(labels).inc(amount);
  }

  dec(labels: Labels<string>, amount?: number): void {
    this.labels(labels).dec(amount);
  }

  set(labels: Labels<string>, value: number): void {
    this.labels(labels).set(value);
  }

  setToCurrentTime(labels: Labels<string>): void {
    this.labels(labels).setToCurrentTime();
  }

  trackInProgress(labels: Labels<string>): Disposable {
    return this.labels(labels).trackInProgress();
  }

  startTimer(labels: Labels<string>): () => number {
    return this.labels(labels).startTimer();
  }

  time(labels: Labels<string>): Disposable {
    return this.labels(labels).time();
  }

  setFunction(labels: Labels<string>, read: () => number): void {
    this.labels(labels).setFunction(read);
  }

  value(labels: Labels<string>): number | undefined {
    return this.find(labels)?.value();
  }

  protected create(labels: readonly string[]): GaugeSeries {
    return new GaugeSeries(labels, this.definition, this.context);
  }

  protected override beyond(values: readonly string[]): GaugeSeries {
    if (this.#beyond.size < MAX_BEYOND) return this.keep(values, this.#beyond);
    return super.beyond(values);
  }

  protected override get removesEverywhere(): boolean {
    return false;
  }

  protected override discard(series: GaugeSeries): void {
    this.#beyond.delete(series);
    super.discard(series);
  }

  /** Marks a series as used by this thread. One that only workers report has no own value. */
  #own(series: GaugeSeries): GaugeSeries {
    series.own();
    return series;
  }

  snapshot(): FamilySnapshot {
    return { ...this.definition, type: "gauge", points: this.#points() };
  }

  *#points(): Iterable<GaugePoint> {
    if (this.#beyond.size === 0) {
      for (const series of this.all) yield* this.#pointsOf(series.labels, [series]);
      return;
    }
    const others: GaugeSeries[] = [];
    for (const series of this.all) {
      if (this.isOther(series)) others.push(series);
      else yield* this.#pointsOf(series.labels, [series]);
    }
    const labels = this.definition.labels.map(() => OTHER);
    yield* this.#pointsOf(labels, [...others, ...this.#beyond]);
  }

  /** Yields the points that are exposed for a series, or for several as one. */
  *#pointsOf(values: readonly string[], all: readonly GaugeSeries[]): Iterable<GaugePoint> {
    const { labels: names, aggregate } = this.definition;
    const own = all.map((series) => series.ownReport()).filter((report) => report !== undefined);
    if (!isPerWorker(aggregate)) {
      const value = combine(aggregate, [...own, ...all.flatMap(reportsOf)]);
      if (value !== undefined) yield { names, values, value };
      return;
    }
    const value = combine("sum", own);
    if (value !== undefined) yield { names, values, value };
    const namesWithWorker = [...names, WORKER];
    for (const [source, sum] of sumsBySource(all)) {
      yield { names: namesWithWorker, values: [...values, source], value: sum };
    }
  }

  takeChanges(): FamilyChange {
    return { type: "gauge", name: this.definition.name, ...this.taken((each) => each.take()) };
  }

  merge(source: string, change: FamilyChange): void {
    requireType(change, "gauge");
    if (this.#ended.delete(source)) this.#drop(source);
    this.#sources.add(source);
    for (const values of change.removed ?? []) {
      const series = this.findAt(values);
      series?.reports.delete(source);
      if (series?.isUnused) this.discard(series);
    }
    for (const { labels, value, setAtMs } of change.series) {
      const { reports } = this.at(labels);
      if (value === undefined) reports.delete(source);
      else reports.set(source, { value, setAtMs });
    }
  }

  forget(source: string): void {
    if (!this.#sources.has(source)) return;
    if (!isLive(this.definition.aggregate)) {
      this.#ended.add(source);
      return;
    }
    this.#sources.delete(source);
    this.#drop(source);
  }

  #drop(source: string): void {
    for (const { reports } of [...this.all, ...this.#beyond]) reports.delete(source);
  }
}

function sumsBySource(all: readonly GaugeSeries[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { reports } of all) {
    for (const [source, { value }] of reports) {
      sums.set(source, (sums.get(source) ?? 0) + value);
    }
  }
  return sums;
}

function reportsOf({ reports }: GaugeSeries): readonly Report[] {
  return [...reports.values()];
}
