/**
 * Family: a metric with its series, whose number is bounded.
 * @module
 */

import type { FamilySnapshot } from "../exposition/snapshot.ts";
import type { FamilyChange } from "../worker/delta.ts";
import type { Definition } from "./definition.ts";
import { LabelTree } from "./label-tree.ts";
import { OTHER, readLabels } from "./labels.ts";
import type { Series } from "./series.ts";

/** What a registry gives to its metrics. */
export interface Surroundings {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly dateNow: () => number;
  /** Told of what went wrong, in a sentence. */
  readonly warn: (text: string) => void;
  /** How many series a metric may have that does not say itself. */
  readonly maxSeries: number;
  /** In a worker: called at the first change of a metric after its changes were taken. */
  readonly onChange?: ((name: string) => void) | undefined;
  /** In a worker: what is to be asked for changes before they are taken. */
  readonly polled?: Set<Polled> | undefined;
  /** Whether native histograms are exposed; shared by all families, and may change. */
  readonly nativeHistograms: { enabled: boolean };
}

/** What does not announce its changes by itself. */
export interface Polled {
  poll(): void;
}

/** A metric of any type, as its registry sees it. */
export interface AnyFamily {
  readonly definition: Definition;
  /** What a user gets: the only series of a metric without labels, or the metric itself. */
  handle(): unknown;
  snapshot(): FamilySnapshot;
  /** In a worker: the changes since the last time. */
  takeChanges(): FamilyChange;
  /** On the main thread: adds the changes of a worker. */
  merge(source: string, change: FamilyChange): void;
  /** On the main thread: that worker is gone. */
  forget?(source: string): void;
}

/**
 * Finds or makes the series of a metric.
 *
 * @typeParam T the options of a series, beside its labels
 */
export abstract class Family<D extends Definition, S extends Series, T = never> {
  readonly definition: D;
  protected readonly surroundings: Surroundings;
  readonly #tree = new LabelTree<S>();
  readonly #series: S[] = [];
  protected readonly maxSeries: number;
  /** Where labels are read to: no array is made for a call. */
  readonly #values: string[];
  #warned = false;
  #changed: S[] = [];

  constructor(definition: D, surroundings: Surroundings) {
    this.definition = definition;
    this.surroundings = surroundings;
    this.maxSeries = definition.maxSeries ?? surroundings.maxSeries;
    this.#values = definition.labels.map(() => "");
  }

  /** Makes a series. */
  protected abstract create(labels: readonly string[], own?: T): S;

  /** The series there are, in the order of their making. */
  protected get all(): readonly S[] {
    return this.#series;
  }

  /** The series of these labels, new or known. */
  protected of(labels: Readonly<Record<string, unknown>>, own?: T): S {
    readLabels(this.definition.name, this.definition.labels, labels, this.#values);
    return this.at(this.#values, own);
  }

  /** The series of these values in the order of the definition's labels. */
  protected at(values: readonly string[], own?: T): S {
    return this.#tree.get(values) ?? this.#add(values, own);
  }

  /** The series that have changed since they were last taken. */
  protected takeChanged(): readonly S[] {
    const changed = this.#changed;
    this.#changed = [];
    for (const series of changed) series.settle();
    return changed;
  }

  /** Returns true for the series that stands for all those beyond `maxSeries`. */
  protected isOther({ labels }: S): boolean {
    return labels.length > 0 && labels.every((value) => value === OTHER);
  }

  /** Returns the series for values beyond `maxSeries`: one for all of them. */
  protected beyond(_values: readonly string[], own?: T): S {
    const values = this.definition.labels.map(() => OTHER);
    return this.#tree.get(values) ?? this.keep(values, this.#series, own);
  }

  /** Makes a series and stores it by its values. */
  protected keep(values: readonly string[], list: S[], own?: T): S {
    const series = this.create(values, own);
    this.#tree.set(values, series);
    list.push(series);
    this.#watch(series);
    return series;
  }

  #add(given: readonly string[], own?: T): S {
    // A lone surrogate could not be written: it would become the same character as any other.
    const values = given.map((value) => value.toWellFormed());
    const known = this.#tree.get(values);
    if (known !== undefined) return known;
    if (this.#series.length < this.maxSeries) return this.keep(values, this.#series, own);
    this.#warn(values);
    return this.beyond(values, own);
  }

  #watch(series: S): void {
    const { onChange } = this.surroundings;
    if (onChange === undefined) return;
    series.watch(() => {
      if (this.#changed.push(series) === 1) onChange(this.definition.name);
    });
  }

  #warn(values: readonly string[]): void {
    if (this.#warned) return;
    this.#warned = true;
    const { name, labels } = this.definition;
    const shown = labels
      .map((label, at) => `${label}=${JSON.stringify(values[at]?.slice(0, 100))}`)
      .join(", ");
    this.surroundings.warn(
      `Metric "${name}" has ${this.maxSeries} series, its bound: ${shown} and whatever else is ` +
        `new is counted under "${OTHER}". Does a label hold what has no bound, such as an id?`,
    );
  }
}
