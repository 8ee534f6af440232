/**
 * Metrics: where a program defines what it measures. On the main thread it is a `MetricsRegistry`,
 * which can expose it; in a worker it is `WorkerMetrics`, which tells the main thread.
 * @module
 */

import { checkCount } from "../check.ts";
import { CounterFamily, type CounterOf } from "./types/counter.ts";
import {
  type CounterOptions,
  type Definition,
  defineCounter,
  defineGauge,
  defineHistogram,
  defineSummary,
  type GaugeOptions,
  type HistogramOptions,
  requireSame,
  type SummaryOptions,
} from "./types/definition.ts";
import type { AnyFamily, Surroundings } from "./types/family.ts";
import { GaugeFamily, type GaugeOf } from "./types/gauge.ts";
import { HistogramFamily, type HistogramOf } from "./types/histogram.ts";
import { takenNames } from "./types/name.ts";
import { SummaryFamily, type SummaryOf } from "./types/summary.ts";

/** Time and bounds of metrics. */
export interface MetricsSettings {
  /**
   * How many series a metric may have that does not say itself. Further ones are counted as one,
   * whose labels are all `other`. Default 1,000.
   */
  readonly maxSeries?: number;
  /** Monotonic milliseconds, for durations. Default `performance.now`. */
  readonly now?: () => number;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly dateNow?: () => number;
}

/**
 * Defines metrics. The same definition twice gives the same metric, so that a module may define
 * what it needs wherever it needs it. Each method throws TypeError or RangeError for a definition
 * that is not valid, or that contradicts an earlier one.
 */
export abstract class Metrics {
  /** In the order of their definition. */
  readonly #families = new Map<string, AnyFamily>();
  /** The metric that takes each name of a sample. */
  readonly #taken = new Map<string, string>();
  readonly #surroundings: Surroundings;

  constructor(
    { maxSeries = 1000, now, dateNow }: MetricsSettings,
    told: Pick<Surroundings, "warn" | "onChange" | "polled" | "nativeHistograms">,
  ) {
    this.#surroundings = {
      ...told,
      maxSeries: checkCount("maxSeries", maxSeries),
      now: now ?? (() => performance.now()),
      dateNow: dateNow ?? Date.now,
    };
  }

  /**
   * A counter. Its name gets `_total` if it lacks it.
   *
   * @example
   * const predicted = metrics.counter("digits_predicted_total", {
   *   help: "Digits predicted, by digit",
   *   labels: ["digit"],
   * });
   * predicted.inc({ digit: "3" });
   */
  counter<L extends string = never>(
    name: string,
    options: CounterOptions<L>,
  ): CounterOf<NoInfer<L>> {
    return this.#handle(defineCounter(name, options));
  }

  /** A gauge. */
  gauge<L extends string = never>(name: string, options: GaugeOptions<L>): GaugeOf<NoInfer<L>> {
    return this.#handle(defineGauge(name, options));
  }

  /**
   * A histogram.
   *
   * @example
   * const duration = metrics.histogram("inference_duration_seconds", { help: "Inference" });
   * using _ = duration.time();
   */
  histogram<L extends string = never>(
    name: string,
    options: HistogramOptions<L>,
  ): HistogramOf<NoInfer<L>> {
    return this.#handle(defineHistogram(name, options));
  }

  /** A summary: a count and a sum. */
  summary<L extends string = never>(
    name: string,
    options: SummaryOptions<L>,
  ): SummaryOf<NoInfer<L>> {
    return this.#handle(defineSummary(name, options));
  }

  /** The definition's type and labels say what a handle is, so it is of the type that is wanted. */
  #handle<H>(definition: Definition): H {
    return this.define(definition).handle() as H;
  }

  /**
   * The metric of a definition, new or known.
   *
   * @throws TypeError if another metric has its name, or one that its samples would have
   */
  protected define(definition: Definition): AnyFamily {
    const { name, type } = definition;
    const known = this.#families.get(name);
    if (known !== undefined) {
      requireSame(known.definition, definition);
      return known;
    }
    const names = takenNames(type, name);
    const clash = names.find((each) => this.#taken.has(each));
    if (clash !== undefined) {
      throw new TypeError(
        `Cannot define metric "${name}" beside "${this.#taken.get(clash)}": ` +
          `both would have samples named "${clash}"`,
      );
    }
    const family = familyOf(definition, this.#surroundings);
    this.#families.set(name, family);
    for (const each of names) this.#taken.set(each, name);
    return family;
  }

  /** Removes a metric: later counts of its users are dropped. */
  protected remove(name: string): void {
    const family = this.#families.get(name);
    if (family === undefined) return;
    this.#families.delete(name);
    for (const each of takenNames(family.definition.type, name)) this.#taken.delete(each);
  }

  protected get families(): ReadonlyMap<string, AnyFamily> {
    return this.#families;
  }

  /** Whether a metric of that type and name would clash with one of these. */
  protected clashes(type: Definition["type"], name: string): boolean {
    return takenNames(type, name).some((each) => this.#taken.has(each));
  }

  protected get surroundings(): Surroundings {
    return this.#surroundings;
  }
}

function familyOf(definition: Definition, surroundings: Surroundings): AnyFamily {
  switch (definition.type) {
    case "counter":
      return new CounterFamily(definition, surroundings);
    case "gauge":
      return new GaugeFamily(definition, surroundings);
    case "histogram":
      return new HistogramFamily(definition, surroundings);
    case "summary":
      return new SummaryFamily(definition, surroundings);
  }
}
