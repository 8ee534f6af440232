/**
 * Metrics: the interface by which a program defines its metrics. On the main thread it is a
 * `MetricsRegistry`, which exposes them; in a worker it is `WorkerMetrics`, which reports them to
 * the main thread.
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
import type { AnyFamily, FamilyContext } from "./types/family.ts";
import { GaugeFamily, type GaugeOf } from "./types/gauge.ts";
import { HistogramFamily, type HistogramOf } from "./types/histogram.ts";
import { takenNames } from "./types/name.ts";
import { SummaryFamily, type SummaryOf } from "./types/summary.ts";

/** The clock and the bounds of metrics. */
export interface MetricsSettings {
  /**
   * The most series of a metric, unless its definition has a `maxSeries` of its own. Further ones
   * are counted as one, whose labels are all `other`. Default 1,000.
   */
  readonly maxSeries?: number;
  /** Monotonic milliseconds, for durations. Default `performance.now`. */
  readonly now?: () => number;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly dateNow?: () => number;
}

/**
 * Defines metrics. The same definition twice returns the same metric, so that a module may define a
 * metric wherever it needs it. Each method throws TypeError or RangeError for a definition that is
 * not valid, or that differs from an earlier one of the same name.
 */
export abstract class Metrics {
  /** In the order of their definition. */
  readonly #families = new Map<string, AnyFamily>();
  /** The name of the metric that each name of a sample belongs to. */
  readonly #taken = new Map<string, string>();
  readonly #context: FamilyContext;

  constructor(
    { maxSeries = 1000, now, dateNow }: MetricsSettings,
    hooks: Pick<FamilyContext, "warn" | "onChange" | "polled" | "nativeHistograms">,
  ) {
    this.#context = {
      ...hooks,
      maxSeries: checkCount("maxSeries", maxSeries),
      now: now ?? (() => performance.now()),
      dateNow: dateNow ?? Date.now,
    };
  }

  /**
   * Defines a counter. `_total` is added to a name that does not end with it.
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

  /** Defines a gauge. */
  gauge<L extends string = never>(name: string, options: GaugeOptions<L>): GaugeOf<NoInfer<L>> {
    return this.#handle(defineGauge(name, options));
  }

  /**
   * Defines a histogram.
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

  /** Defines a summary: a count and a sum. */
  summary<L extends string = never>(
    name: string,
    options: SummaryOptions<L>,
  ): SummaryOf<NoInfer<L>> {
    return this.#handle(defineSummary(name, options));
  }

  /** A handle is of the type H: the definition's type and labels determine it. */
  #handle<H>(definition: Definition): H {
    return this.define(definition).handle() as H;
  }

  /**
   * Returns the metric of a definition, new or known.
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
    const family = newFamily(definition, this.#context);
    this.#families.set(name, family);
    for (const each of names) this.#taken.set(each, name);
    return family;
  }

  /** Removes a metric. Later counts in it are dropped. */
  protected undefine(name: string): void {
    const family = this.#families.get(name);
    if (family === undefined) return;
    this.#families.delete(name);
    for (const each of takenNames(family.definition.type, name)) this.#taken.delete(each);
  }

  protected get families(): ReadonlyMap<string, AnyFamily> {
    return this.#families;
  }

  /** Returns the metric that has samples of that name. */
  protected familyOf(sample: string): AnyFamily | undefined {
    return this.#families.get(this.#taken.get(sample) ?? "");
  }

  /** True if a metric of that type and name would share a sample's name with one of these. */
  protected clashes(type: Definition["type"], name: string): boolean {
    return takenNames(type, name).some((each) => this.#taken.has(each));
  }

  protected get context(): FamilyContext {
    return this.#context;
  }
}

function newFamily(definition: Definition, context: FamilyContext): AnyFamily {
  switch (definition.type) {
    case "counter":
      return new CounterFamily(definition, context);
    case "gauge":
      return new GaugeFamily(definition, context);
    case "histogram":
      return new HistogramFamily(definition, context);
    case "summary":
      return new SummaryFamily(definition, context);
  }
}
