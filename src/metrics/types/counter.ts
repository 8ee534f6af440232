/**
 * Counter: a number that only increases.
 * @module
 */

import type { CounterPoint, FamilySnapshot } from "../exposition/snapshot.ts";
import { type CounterChange, type FamilyChange, requireType } from "../worker/delta.ts";
import type { CounterDefinition } from "./definition.ts";
import { type Exemplar, exemplarIn, makeExemplar, type ObserveOptions } from "./exemplar.ts";
import { type AnyFamily, Family } from "./family.ts";
import type { Labels } from "./labels.ts";
import { Series } from "./series.ts";

/** Counts events. Starts at 0. */
export interface Counter {
  /**
   * Increases it.
   *
   * @param amount 0 or more. Default 1
   * @throws RangeError for a negative amount, NaN or Infinity
   */
  inc(amount?: number, options?: ObserveOptions): void;
  /** Wraps a function: counts each time that it throws or rejects. */
  countExceptions<A extends unknown[], R>(run: (...args: A) => R): (...args: A) => R;
  /**
   * Returns its value. On the main thread, this includes what workers have reported, up to the last
   * call that they answered; in a worker, it is the count of this worker.
   */
  value(): number;
}

/** A counter for each set of labels. */
export interface LabelledCounter<L extends string> {
  /** Returns the counter of these labels. Keep it where it is used often, to save the look-up. */
  labels(labels: Labels<L>): Counter;
  /** As `labels(labels).inc(…)`. */
  inc(labels: Labels<L>, amount?: number, options?: ObserveOptions): void;
  /** As `labels(labels).countExceptions(…)`. */
  countExceptions<A extends unknown[], R>(
    labels: Labels<L>,
    run: (...args: A) => R,
  ): (...args: A) => R;
  /** As `labels(labels).value()`, but creates no series: 0 if there is none. */
  value(labels: Labels<L>): number;
  /**
   * Removes the series of these labels, with the counts of all workers. If it is used again, also
   * through a counter that `labels()` returned before, it starts again at 0.
   *
   * In a worker, the main thread removes the series with the worker's next report. A worker that
   * counts in it afterwards creates it again.
   */
  remove(labels: Labels<L>): void;
}

/** The type of a new counter: a `Counter` without labels, a `LabelledCounter` with some. */
export type CounterOf<L extends string> = [L] extends [never] ? Counter : LabelledCounter<L>;

class CounterSeries extends Series implements Counter {
  readonly #name: string;
  readonly #dateNow: () => number;
  readonly #createdMs: number;
  #value = 0;
  /** In a worker: the part of the value that was reported. */
  #reported = 0;
  #exemplar: Exemplar | undefined;

  constructor(labels: readonly string[], name: string, dateNow: () => number) {
    super(labels);
    this.#name = name;
    this.#dateNow = dateNow;
    this.#createdMs = dateNow();
  }

  inc(amount = 1, options?: ObserveOptions): void {
    if (this.successors !== undefined) return this.successors.findOrCreate().inc(amount, options);
    if (!(typeof amount === "number" && amount >= 0 && amount < Number.POSITIVE_INFINITY)) {
      throw new RangeError(
        `Cannot increase counter "${this.#name}" by ${amount}: it must be a number from 0 up`,
      );
    }
    const labels = exemplarIn(this.#name, options);
    if (labels !== undefined) {
      this.#exemplar = makeExemplar(labels, amount, this.#dateNow()) ?? this.#exemplar;
    }
    this.#value += amount;
    this.changed();
  }

  countExceptions<A extends unknown[], R>(run: (...args: A) => R): (...args: A) => R {
    const count = (error: unknown): never => {
      this.inc();
      throw error;
    };
    return function counted(this: unknown, ...args: A): R {
      try {
        const result = run.apply(this, args);
        return isPromise(result) ? (result.then(undefined, count) as R) : result;
      } catch (error) {
        return count(error);
      }
    };
  }

  value(): number {
    if (this.successors !== undefined) return this.successors.find()?.value() ?? 0;
    return this.#reported + this.#value;
  }

  /** Returns the count since the last time, and starts it again at 0. */
  take(): CounterChange {
    const change = { labels: this.labels, amount: this.#value, exemplar: this.#exemplar };
    this.#reported += this.#value;
    this.#value = 0;
    this.#exemplar = undefined;
    return change;
  }

  add({ amount, exemplar }: CounterChange): void {
    this.#value += amount;
    this.#exemplar = exemplar ?? this.#exemplar;
  }

  point(names: readonly string[]): CounterPoint {
    return {
      names,
      values: this.labels,
      value: this.#value,
      exemplar: this.#exemplar,
      createdMs: this.#createdMs,
    };
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

/** A counter with its series. */
export class CounterFamily
  extends Family<CounterDefinition, CounterSeries>
  implements AnyFamily, LabelledCounter<string>
{
  handle(): Counter | LabelledCounter<string> {
    return this.definition.labels.length === 0 ? this.at([]) : this;
  }

  labels(labels: Labels<string>): Counter {
    return this.of(labels);
  }

  inc(labels: Labels<string>, amount?: number, options?: ObserveOptions): void {
    this.of(labels).inc(amount, options);
  }

  countExceptions<A extends unknown[], R>(
    labels: Labels<string>,
    run: (...args: A) => R,
  ): (...args: A) => R {
    return this.of(labels).countExceptions(run);
  }

  value(labels: Labels<string>): number {
    return this.find(labels)?.value() ?? 0;
  }

  protected create(labels: readonly string[]): CounterSeries {
    return new CounterSeries(labels, this.definition.name, this.context.dateNow);
  }

  snapshot(): FamilySnapshot {
    return { ...this.definition, type: "counter", points: this.#points() };
  }

  *#points(): Iterable<CounterPoint> {
    for (const series of this.all) yield series.point(this.definition.labels);
  }

  takeChanges(): FamilyChange {
    return { type: "counter", name: this.definition.name, ...this.taken((each) => each.take()) };
  }

  merge(_source: string, change: FamilyChange): void {
    requireType(change, "counter");
    this.discardAll(change.removed);
    for (const each of change.series) this.at(each.labels).add(each);
  }
}
