/**
 * Family: a metric with its series, whose number is bounded.
 * @module
 */

import type { FamilySnapshot } from "../exposition/snapshot.ts";
import type { FamilyChange, RemovedSeries } from "../worker/delta.ts";
import type { Definition } from "./definition.ts";
import { LabelTree } from "./label-tree.ts";
import { OTHER, readLabels } from "./labels.ts";
import type { Series } from "./series.ts";

/** The part of a registry that a metric uses. */
export interface FamilyContext {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly dateNow: () => number;
  /** Receives warnings, each a sentence. */
  readonly warn: (text: string) => void;
  /** The most series of a metric whose definition has no `maxSeries`. */
  readonly maxSeries: number;
  /** In a worker: called with a metric's name, at its first change after its changes were taken. */
  readonly onChange?: ((name: string) => void) | undefined;
  /** In a worker: the series to poll before changes are taken. */
  readonly polled?: Set<Polled> | undefined;
  /** Native histograms are exposed if `enabled`; shared by all metrics, and may change. */
  readonly nativeHistograms: { enabled: boolean };
}

/** A series that does not announce its changes by itself. */
export interface Polled {
  /** Looks for a change, and announces it. */
  poll(): void;
}

/** A metric of any type, as its registry sees it. */
export interface AnyFamily {
  readonly definition: Definition;
  /** Returns the object for users: the only series of a metric without labels, or the metric. */
  handle(): unknown;
  snapshot(): FamilySnapshot;
  /** In a worker: returns the changes since the last time. */
  takeChanges(): FamilyChange;
  /** On the main thread: adds the changes of a worker. */
  merge(source: string, change: FamilyChange): void;
  /** On the main thread: removes the values of a worker that has ended. */
  forget?(source: string): void;
}

/** The changes of a family: removed series first, then what was counted since. */
interface Changes<C> {
  readonly removed?: RemovedSeries;
  readonly series: readonly C[];
}

/**
 * A metric with its series: it finds, creates and removes them.
 *
 * @typeParam T the options of a series, beside its labels
 */
export abstract class Family<D extends Definition, S extends Series, T = never> {
  readonly definition: D;
  protected readonly context: FamilyContext;
  readonly #tree = new LabelTree<S>();
  readonly #series = new Set<S>();
  /** The series of all values beyond `maxSeries`. */
  #other: S | undefined;
  protected readonly maxSeries: number;
  /** Receives the labels of a call: one array for all calls. */
  readonly #values: string[];
  #warned = false;
  /** The series that changed or were removed since the changes were taken. */
  #changed = new Set<S>();
  #removed: (readonly string[])[] = [];
  #removedTree = new LabelTree<true>();
  #isAnnounced = false;

  constructor(definition: D, context: FamilyContext) {
    this.definition = definition;
    this.context = context;
    this.maxSeries = definition.maxSeries ?? context.maxSeries;
    this.#values = definition.labels.map(() => "");
  }

  /** Creates a series. */
  protected abstract create(labels: readonly string[], own?: T): S;

  /** Returns the options that a series was created with. */
  protected ownOf(_series: S): T | undefined {
    return undefined;
  }

  /** The series, in the order of their creation. */
  protected get all(): ReadonlySet<S> {
    return this.#series;
  }

  /** Returns the series of these labels, new or known. */
  protected of(labels: Readonly<Record<string, unknown>>, own?: T): S {
    readLabels(this.definition.name, this.definition.labels, labels, this.#values);
    return this.at(this.#values, own);
  }

  /** Returns the series of these values in the order of the definition's labels, new or known. */
  protected at(values: readonly string[], own?: T): S {
    return this.#tree.get(values) ?? this.#add(values, own);
  }

  /** Returns the series of these labels, if there is one. */
  protected find(labels: Readonly<Record<string, unknown>>): S | undefined {
    readLabels(this.definition.name, this.definition.labels, labels, this.#values);
    return this.findAt(this.#values);
  }

  /** Returns the series of these values, if there is one. */
  protected findAt(values: readonly string[]): S | undefined {
    return this.#tree.get(values.map((value) => value.toWellFormed()));
  }

  /** Removes the series of these labels. In a worker, the main thread removes its own too. */
  remove(labels: Readonly<Record<string, unknown>>): void {
    const series = this.find(labels);
    if (series !== undefined) this.discard(series);
    if (series?.isReported || !this.removesEverywhere) return;
    // Other workers may have reported it. Known series need no bound: there are few.
    if (this.#removed.length < this.maxSeries) return this.#report(this.#values);
    this.#warnOnce(
      `Metric "${this.definition.name}" drops removals of series: a report has ` +
        `${this.maxSeries} at most`,
    );
  }

  /** True if the main thread also removes what other workers have counted in a removed series. */
  protected get removesEverywhere(): boolean {
    return true;
  }

  /** Removes a series. If its changes were reported before, so is its removal. */
  protected discard(series: S): void {
    const { labels } = series;
    this.#tree.delete(labels);
    this.#series.delete(series);
    if (series === this.#other) this.#other = undefined;
    series.retire({
      find: () => this.findAt(labels),
      findOrCreate: () => this.at(labels, this.ownOf(series)),
    });
    this.#changed.delete(series);
    if (series.isReported) this.#report(labels);
  }

  /** In a worker: reports the removal of a series to the main thread. */
  #report(given: readonly string[]): void {
    if (this.context.onChange === undefined) return;
    const values = given.map((value) => value.toWellFormed());
    if (this.#removedTree.get(values)) return;
    this.#removedTree.set(values, true);
    this.#removed.push(values);
    this.#announce();
  }

  /** On the main thread: removes the series that a worker has removed. */
  protected discardAll(removed: RemovedSeries = []): void {
    for (const values of removed) {
      const series = this.findAt(values);
      if (series !== undefined) this.discard(series);
    }
  }

  /** Takes the changes since the last time. */
  protected taken<C>(take: (series: S) => C): Changes<C> {
    const [changed, removed] = [this.#changed, this.#removed];
    this.#changed = new Set();
    this.#removed = [];
    this.#removedTree = new LabelTree();
    this.#isAnnounced = false;
    for (const each of changed) each.settle();
    const series = Array.from(changed, take);
    return removed.length === 0 ? { series } : { removed, series };
  }

  /** Returns true for the series that counts for all those beyond `maxSeries`. */
  protected isOther({ labels }: S): boolean {
    return labels.length > 0 && labels.every((value) => value === OTHER);
  }

  /** Returns the series for values beyond `maxSeries`: one for all of them. */
  protected beyond(_values: readonly string[], own?: T): S {
    const values = this.definition.labels.map(() => OTHER);
    const known = this.#tree.get(values);
    if (known !== undefined) return known;
    this.#other = this.keep(values, this.#series, own);
    return this.#other;
  }

  /** Creates a series and stores it by its values. */
  protected keep(values: readonly string[], list: Set<S>, own?: T): S {
    const series = this.create(values, own);
    this.#tree.set(values, series);
    list.add(series);
    if (this.context.onChange !== undefined) {
      series.watch(() => {
        this.#changed.add(series);
        this.#announce();
      });
    }
    return series;
  }

  #add(given: readonly string[], own?: T): S {
    // A lone surrogate could not be written: it would become the same character as any other.
    const values = given.map((value) => value.toWellFormed());
    const known = this.#tree.get(values);
    if (known !== undefined) return known;
    const count = this.#series.size - (this.#other === undefined ? 0 : 1);
    if (count < this.maxSeries) return this.keep(values, this.#series, own);
    this.#warn(values);
    return this.beyond(values, own);
  }

  /** Announces the first change since the changes were taken. */
  #announce(): void {
    if (this.#isAnnounced) return;
    this.#isAnnounced = true;
    this.context.onChange?.(this.definition.name);
  }

  #warn(values: readonly string[]): void {
    const { name, labels } = this.definition;
    const shown = labels
      .map((label, at) => `${label}=${JSON.stringify(values[at]?.slice(0, 100))}`)
      .join(", ");
    this.#warnOnce(
      `Metric "${name}" has ${this.maxSeries} series, its bound: ${shown} and other new values ` +
        `are counted under "${OTHER}". Remove series that have ended, and use no label whose ` +
        "values have no bound, such as an id",
    );
  }

  #warnOnce(text: string): void {
    if (!this.#warned) this.context.warn(text);
    this.#warned = true;
  }
}
